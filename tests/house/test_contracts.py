"""Every contract of the law notices the import that it forbids: each is broken once, in a copy of the tree."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLANTS = {  # number of the contract → the file that gets one more line
    "1": [
        ("screens/clawtui_screens/planted.py", "import asyncssh"),
        ("screens/clawtui_screens/planted.py", "from clawtui.engine import local"),
        ("screens/clawtui_screens/planted.py", "import clawtui.fleet.links"),
    ],
    "2": [
        ("clawtui/engine/planted.py", "import textual"),
        ("clawtui/engine/planted.py", "import rich.text"),
        ("clawtui/cli/planted.py", "import clawtui_screens.main"),
        ("clawtui/fleet/planted.py", "import clawtui_agent"),
        ("clawtui/deploy/planted.py", "import clawtui_runner"),
    ],
    "3": [
        ("clawtui/errors.py", "import clawtui.clean"),
        ("clawtui/fleet/planted.py", "import clawtui.engine.boundary"),
        ("clawtui/metrics/planted.py", "import clawtui.history"),
        ("clawtui/attic.py", "# a room that was not placed"),
    ],
    "4a": [
        ("agents/clawtui_agent/planted.py", "import clawtui.clean"),
        ("agents/clawtui_agent/planted.py", "import msgspec"),
        ("agents/clawtui_agent/planted.py", "import clawtui_runner.journal"),
    ],
    "4b": [
        ("agents/clawtui_runner/planted.py", "import clawtui.clean"),
        ("agents/clawtui_runner/planted.py", "import psutil"),
    ],
    "5": [("clawtui/alerts/rule.py", "import time"), ("clawtui/metrics/series.py", "from datetime import datetime")],
    "6a": [("clawtui/fleet/links/planted.py", "import clawtui.fleet.links.{neighbour}")],
    "6b": [("clawtui/fleet/inventory/planted.py", "import clawtui.fleet.inventory.{neighbour}")],
    "6c": [("clawtui/metrics/sources/planted.py", "import clawtui.metrics.sources.{neighbour}")],
    "6d": [("agents/clawtui_agent/collectors/planted.py", "import clawtui_agent.collectors.cpu")],
    "6e": [("agents/clawtui_runner/kinds/planted.py", "import clawtui_runner.kinds.user")],
    "6f": [("clawtui/deploy/shelf/planted.py", "import clawtui.deploy.shelf.local")],
    "7": [("clawtui/fleet/host.py", "import clawtui.fleet.link")],
}


def contracts() -> list[str]:
    """Their names, in order."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [contract["name"] for contract in config["tool"]["importlinter"]["contracts"]]


def plants() -> list[tuple[str, str, str]]:
    """Contract, file and line; `{neighbour}` is a real module beside the planted one."""
    found: list[tuple[str, str, str]] = []
    for name in contracts():
        for file, line in PLANTS.get(name.partition(".")[0], []):
            beside = sorted(p.stem for p in (ROOT / file).parent.iterdir() if p.stem[0] not in "_.")
            found.append((name, file, line.format(neighbour=beside[0]) if "{" in line else line))
    return found


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    pytest.importorskip("importlinter", reason="import-linter comes with `make check`")
    tree = tmp_path_factory.mktemp("tree")
    for package in ("clawtui", "screens/clawtui_screens", "agents/clawtui_agent", "agents/clawtui_runner"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    argv = [sys.executable, str(Path(__file__).with_name("lint_planted.py")), str(tree)]
    done = subprocess.run(argv, input=json.dumps(plants()), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_every_contract_has_a_plant() -> None:
    assert {name.partition(".")[0] for name in contracts()} == set(PLANTS)


@pytest.mark.may_skip("import-linter comes with `make check`")
def test_the_tree_keeps_every_contract(verdict: dict[str, Any]) -> None:
    assert [name for name, kept in verdict["sound"].items() if not kept] == []


@pytest.mark.may_skip("import-linter comes with `make check`")
def test_every_planted_import_is_noticed(verdict: dict[str, Any]) -> None:
    missed = [plant for plant, kept in zip(plants(), verdict["planted"], strict=True) if kept]
    assert missed == []
