"""Inventories as people write them: our static reader finds what `ansible-inventory --list` finds."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from clawtui.fleet.ansible.listing import STRICT, parse_listing
from clawtui.fleet.ansible.static import read_static
from clawtui.fleet.ansible.tree import Tree
from clawtui.fleet.inventory.ansible import AnsibleInventory

CORPUS = Path(__file__).parent / "ansible"
CASES = sorted(path.name for path in CORPUS.iterdir())
PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
COUNTED = {"inventory_file", "inventory_dir"}


def source(name: str) -> Path:
    """The folder `inventory/`, or the file that is named like one."""
    folder = CORPUS / name
    found = [path for path in sorted(folder.iterdir()) if path.stem in ("hosts", "inventory")]
    return found[0]


def listed(name: str) -> bytes:
    """What the real program prints, run in the folder where we run it."""
    program = shutil.which("ansible-inventory", path=PROGRAMS)
    assert program, "ansible-core is in the test group"
    inventory = AnsibleInventory(source(name), {})
    environ = {**os.environ, **STRICT, "PATH": PROGRAMS}
    argv = [program, "-i", str(inventory.source), "--list"]
    done = subprocess.run(argv, capture_output=True, cwd=inventory.project, env=environ, timeout=60)
    assert not done.returncode, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def listings() -> dict[str, Future[bytes]]:
    """All of them at once, two at a time: each takes half a second to load Ansible."""
    with ThreadPoolExecutor(2) as pool:
        return {name: pool.submit(listed, name) for name in CASES}


def facts(tree: Tree) -> dict[str, dict[str, object]]:
    """Every host with its groups and all its variables."""
    found: dict[str, dict[str, object]] = {}
    for host, groups in tree.memberships().items():
        values = {key: said.value for key, said in tree.merged(host, groups).items() if key not in COUNTED}
        found[host] = {"groups": sorted(groups), "vars": json.loads(json.dumps(values, default=date.isoformat))}
    return found


@pytest.mark.parametrize("name", CASES)
def test_our_reader_finds_what_ansible_finds(listings: dict[str, Future[bytes]], name: str) -> None:
    inventory = AnsibleInventory(source(name), {}, run=False)
    ours = read_static(inventory.source, inventory.project, [])
    assert facts(ours) == facts(parse_listing(listings[name].result(), "listing"))
    assert all(origin.line for origin in ours.origins.values())


def test_the_corpus_is_worth_its_name() -> None:
    assert len(CASES) >= 15
