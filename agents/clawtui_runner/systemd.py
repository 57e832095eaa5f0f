"""What systemd says and does, and whether it is there at all."""

import time
from pathlib import Path
from typing import Dict, Optional, Sequence

from clawtui_runner import processes

RUNNING = Path("/run/systemd/system")
UNITS = Path("/etc/systemd/system")
ASKED = (
    "LoadState",
    "ActiveState",
    "SubState",
    "Result",
    "NRestarts",
    "MainPID",
    "ControlGroup",
    "UnitFileState",
    "ExecMainStatus",
)
ANSWER_S = 30.0


def there() -> bool:
    """Does it run this host?"""
    return RUNNING.is_dir()


def version() -> Optional[int]:
    """Its number."""
    if not there():
        return None
    words = ctl("--version").lines
    digits = words[0].split()[1] if words and len(words[0].split()) > 1 else ""
    return int(digits) if digits.isdigit() else None


def ctl(*words: str) -> processes.Result:
    """One call, however it ends."""
    return processes.run(("systemctl", *words), time.monotonic() + ANSWER_S)


def show(unit: str) -> Dict[str, str]:
    """What is known of a unit."""
    said = ctl("show", "--property", ",".join(ASKED), "--", unit)
    return {key: value for key, is_, value in (line.partition("=") for line in said.lines) if is_}


def active(unit: str) -> bool:
    """Does it run?"""
    return show(unit).get("ActiveState") == "active"


def tail(unit: str, lines: int = 8, since: str = "") -> Sequence[str]:
    """The last lines of its journal, without stamps."""
    argv = ["journalctl", "--unit", unit, "--lines", str(lines), "--no-pager", "--output", "cat", "--quiet"]
    if since:
        argv += ["--since", since]
    return processes.run(argv, time.monotonic() + ANSWER_S).lines
