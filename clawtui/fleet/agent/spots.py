"""Where on a host an agent could live, and why not elsewhere: read from the probe's answer. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clawtui.errors import AgentError
from clawtui.fleet.agent.layout import Layout, spare_layout, system_layout, user_layout

ROOM = 8 * 1024 * 1024  # bytes: two versions of the agent with their compiled files
RINGS_ROOM = 160 * 1024 * 1024  # bytes: what the rings may take, and a margin


@dataclass(frozen=True, slots=True)
class Spot:
    """One folder that was looked at."""

    writable: bool = False
    free: int = 0
    # bytes
    flags: tuple[str, ...] = ()
    # of its mount
    current: str = ""
    # version that runs from there


Spots = Mapping[tuple[str, str], Spot]
# by kind ("system", "home", "spare") and which ("code", "state")


def spots(lines: Iterable[str]) -> Spots:
    """The probe's lines: KIND WHICH WRITABLE KBYTES FLAGS CURRENT."""
    found: dict[tuple[str, str], Spot] = {}
    for line in lines:
        kind, which, writable, free, flags, current, *_ = [*line.split(" "), "", "", "", "", "", ""]
        number = int(free) * 1024 if free.isdigit() else 0
        found[kind, which] = Spot(writable == "yes", number, tuple(flags.split(",")), current)
    return found


def layouts(home: str, machine_id: str, uid: int) -> dict[str, Layout]:
    """Every place by kind."""
    return {
        "system": system_layout(),
        "home": user_layout(home, machine_id, uid),
        "spare": spare_layout(machine_id, uid),
    }


def kinds(seen: Spots, *, root: bool) -> tuple[str, ...]:
    """Which places count for these rights; where an agent is already comes first."""
    if root:
        return ("system",)
    return tuple(sorted(("home", "spare"), key=lambda kind: not _current(seen, kind)))


def chosen(host: str, seen: Spots, known: Mapping[str, Layout], *, root: bool) -> tuple[str, str]:
    """The kind of place it goes to, and a word where that is not the usual one; AgentError where there is none.

    A home that is mounted noexec or read-only has a spare folder; a full one is somebody's to empty, not to evade.
    """
    usual, *others = kinds(seen, root=root)
    if full := _full(seen, usual, known[usual]):
        raise AgentError(host, full)
    problem = closed = _closed(seen, usual, known[usual], root=root)
    for kind in (usual, *others):
        if kind != usual:
            problem = _closed(seen, kind, known[kind], root=root) or _full(seen, kind, known[kind])
        if not problem:
            return kind, f"{closed}: it lives in {known[kind].code}" if closed else ""
    raise AgentError(host, f"{closed}; {'the spare place neither: ' + problem if others else 'remount it'}")


def _closed(seen: Spots, kind: str, layout: Layout, *, root: bool) -> str:
    """Nothing may be executed or written there."""
    code, state = _spot(seen, kind, "code"), _spot(seen, kind, "state")
    if "noexec" in code.flags:
        return f"{layout.code} lies on a file system mounted noexec"
    for path, spot in ((layout.code, code), (layout.state, state)):
        if "ro" in spot.flags:
            return f"{path} lies on a file system mounted read-only"
        if not root and not spot.writable:
            return f"{path} cannot be written by this login"
    return ""


def _full(seen: Spots, kind: str, layout: Layout) -> str:
    """No room for the programs, or for a day's history."""
    code, state = _spot(seen, kind, "code").free, _spot(seen, kind, "state").free
    if code < ROOM:
        return f"{layout.code}: {code // 1024} KiB free, the agent needs {ROOM // 1024} KiB; make room there"
    if state < RINGS_ROOM and not _current(seen, kind):
        mib = RINGS_ROOM // 1024 // 1024
        return f"{layout.state}: {state // 1024} KiB free, a day's history needs {mib} MiB; make room there"
    return ""


def _spot(seen: Spots, kind: str, which: str) -> Spot:
    return seen.get((kind, which), Spot())


def _current(seen: Spots, kind: str) -> str:
    return _spot(seen, kind, "code").current
