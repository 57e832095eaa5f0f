"""A cgroup for every host: systemd needs one of its own, limits need one, and tear-down finds every process by it."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

TOP = Path("/sys/fs/cgroup")
NAMED = ("systemd", "unified")  # the trees of a v1 machine that systemd looks at
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "blkio", "pids", "devices", "freezer")
SHARES = "512"  # of the usual 1024, for all hosts of a testbed together: a busy one takes nothing from other tests

ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"'


def version1() -> bool:
    """This machine has the old trees, one a controller; lxcfs shows a host its own numbers by them."""
    return (TOP / "memory/cgroup.procs").exists()


def trees(*, own: bool) -> list[Path]:
    """Where a host gets a folder."""
    named = [TOP / name for name in NAMED if (TOP / name / "cgroup.procs").exists()] or [TOP]
    return [*named, *(TOP / name for name in CONTROLLERS)] if own and version1() else named


def make(path: str, *, own: bool, memory: str = "", cpus: float = 0) -> list[Path]:
    """The same path in every tree: lxcfs looks CPU time up by the path in `cpuset`."""
    folders = [tree / path for tree in trees(own=own)]
    for folder in folders:
        for part in (folder.parent, folder):
            part.mkdir(exist_ok=True)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if (part / name).exists() and (part.parent / name).exists():
                    (part / name).write_text((part.parent / name).read_text())
    if own and memory:
        (TOP / "memory" / path / "memory.limit_in_bytes").write_text(memory)
        (TOP / "cpu" / path / "cpu.cfs_quota_us").write_text(str(int(cpus * 100_000)))
        (TOP / "cpu" / path).parent.joinpath("cpu.shares").write_text(SHARES)
    return folders


def entering(folders: Iterable[Path]) -> list[str]:
    """Words in front of a command: it joins these cgroups before it becomes anything else."""
    return ["sh", "-c", ENTER, "enter", *(f"{folder}/cgroup.procs" for folder in folders), "--"]


def of(pid: int) -> list[Path]:
    """The cgroups that a process is in."""
    found: list[Path] = []
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controller, path = line.split(":", 2)
        tree = controller.removeprefix("name=") or ("unified" if (TOP / "unified").is_dir() else "")
        found.append(TOP / tree / path.lstrip("/"))
    return found


def pids(path: str) -> list[int]:
    """Every process below this path."""
    found: set[int] = set()
    for tree in trees(own=True):
        for folder, _, _ in os.walk(
            tree / path
        ):  # a host's sessions come and go: rglob would stumble over one that went
            with contextlib.suppress(OSError):
                found.update(int(word) for word in Path(folder, "cgroup.procs").read_text().split())
    return sorted(found - {0})


def clear(path: str) -> None:
    """Kill everything below this path and remove it from all trees."""
    end = time.monotonic() + 20
    while left := pids(path):
        if time.monotonic() > end:
            raise TimeoutError(f"cgroup {path}: processes {left} outlive SIGKILL")
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for tree in trees(own=True):
        folders = [p for p in (tree / path).rglob("*") if p.is_dir()]
        for folder in [*sorted(folders, key=lambda p: -len(p.parts)), tree / path]:
            with contextlib.suppress(FileNotFoundError):
                remove(folder)


def remove(folder: Path) -> None:
    """An empty cgroup counts as busy until the kernel has reaped its last process."""
    for _ in range(100):
        try:
            folder.rmdir()
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                raise
            time.sleep(0.02)
        else:
            return
