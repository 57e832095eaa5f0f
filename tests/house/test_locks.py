"""The locks are what pyproject.toml asks for: pinned, hashed, free of addresses."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {"requirements.lock": ("test",), ".ci/check.lock": ("test", "check")}


def asked(groups: tuple[str, ...]) -> list[Requirement]:
    config: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [
        *config["project"]["dependencies"],
        *(line for group in groups for line in config["dependency-groups"][group]),
    ]
    return [Requirement(line) for line in lines]


def locked(lock: str) -> dict[str, str]:
    """Name to version; a name may stand there twice under different markers, then the last one counts."""
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)  # no --index-url, no --find-links


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    entries = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    assert [
        line for line in entries if line and not re.match(r"\S+==\S+( ;.*?)? .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(lock: str) -> None:
    versions = locked(lock)
    wrong = [
        str(r) for r in asked(LOCKS[lock]) if not r.specifier.contains(versions.get(canonicalize_name(r.name), "0"))
    ]
    assert wrong == [], "run `make lock`"


def test_the_check_lock_differs_from_the_other_only_by_what_it_adds() -> None:
    test, check = (locked(lock) for lock in LOCKS)
    assert {name: version for name, version in check.items() if name in test} == test
