"""What is imported when: start-up stays light, the engine knows no terminal, the agent knows neither side."""

import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TERMINAL = {"textual", "rich", "plotext", "clawtui_screens", "clawtui_agent"}
HEAVY = {*TERMINAL, "asyncssh", "cryptography", "psutil"}
# modules whose very subject is a heavy package: imported on first use by their neighbours
SPEAKERS = ("clawtui.fleet.links.", "clawtui.demo.", "clawtui.cli.terminal")
AFTER = "; import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def imported(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter holds after running some code; its last line of output says so."""
    done = subprocess.run(
        [sys.executable, "-c", code + AFTER], cwd="/", capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def environment() -> dict[str, str]:
    """A home where nothing is configured."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "PYTHONPATH": ":".join(map(str, (ROOT, ROOT / "screens", ROOT / "agents"))),
    }


def modules(folder: Path, name: str) -> list[str]:
    """Every module of a package but its `__main__`."""
    found = pkgutil.walk_packages([str(folder)], f"{name}.", onerror=lambda _: None)
    return [m.name for m in found if not m.name.endswith("__main__")]


def importing(names: Iterable[str]) -> str:
    return "import " + ", ".join(names)


def test_the_engine_imports_no_terminal_whatever_of_it_is_imported() -> None:
    everything = [m for m in modules(ROOT / "clawtui", "clawtui") if not m.startswith("clawtui.demo")]
    assert imported(importing(everything)) & TERMINAL == set()


def test_no_room_but_the_links_holds_ssh_before_first_use() -> None:
    light = [m for m in modules(ROOT / "clawtui", "clawtui") if not m.startswith(SPEAKERS)]
    assert imported(importing(light)) & HEAVY == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["status", "--help"], ["run", "--help"], ["config"]])
def test_the_command_line_answers_without_heavy_imports(words: list[str]) -> None:
    code = f"""
from clawtui.cli.dispatch import dispatch
try: dispatch({words!r}, {environment()!r})
except SystemExit: pass
"""
    assert imported(code.strip() + "\npass") & {*HEAVY, "clawtui_screens"} == set()


def test_the_agent_imports_nothing_but_itself_and_psutil() -> None:
    held = imported(importing(modules(ROOT / "agents/clawtui_agent", "clawtui_agent")))
    before = imported("pass")
    foreign = {name for name in held - before if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert foreign <= {"clawtui_agent", "psutil"}
