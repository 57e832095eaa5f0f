"""What agent a host has: version, whether it is this one, rings, services, memory."""

import shlex
from dataclasses import dataclass
from typing import Any

from clawtui.fleet.agent.bundle import current_folder
from clawtui.fleet.agent.layout import FOLDER, NAME
from clawtui.fleet.agent.probe import Ground, ground
from clawtui.fleet.agent.samples import hello
from clawtui.fleet.become import Line
from clawtui.fleet.host import Become
from clawtui.fleet.link import Link

ANSWER_S = 8.0
NO_REBOOT = "does not start by itself after a reboot"
SESSION = "stops with your last session"


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """One host's agent."""

    state: str
    # "running", "stopped", "none"
    version: str = ""
    folder: str = ""
    match: str = ""
    # "ours" or "behind"
    rings: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    rss: int = 0
    # bytes; 0 = unknown
    notes: tuple[str, ...] = ()


async def status(link: Link) -> AgentStatus:
    """Look with the login's own rights: no password is ever needed to see; changes nothing."""
    seen = await ground(link)
    order = (
        ("system", "home", "spare")
        if link.host.become is not Become.NONE or seen.uid == 0
        else ("home", "spare", "system")
    )
    kind = next((kind for kind in order if _folder(seen, kind)), "")
    if not kind:
        return AgentStatus("none")
    folder, layout = _folder(seen, kind), seen.layouts[kind]
    match = "ours" if folder == current_folder() else "behind"
    talk = Line(shlex.join((layout.launcher, "proxy", "--socket", layout.socket)))
    said, why = await hello(link, talk, timeout_s=ANSWER_S)
    notes = _keeps(seen, kind)
    if not said:
        return AgentStatus("stopped", folder=folder, match=match, notes=(_silence(link, seen, kind, why), *notes))
    return AgentStatus(
        "running",
        version=str(said.get("agent", "")),
        folder=folder,
        match=match,
        rings=tuple(
            f"{ring['tier']} × {ring['slots']}" for ring in _tables(said, "rings") if "tier" in ring and "slots" in ring
        ),
        services=tuple(str(service.get("name", "")) for service in _tables(said, "services")),
        rss=await _rss(link, said),
        notes=(*(str(note) for note in said.get("notes", ())), *notes),
    )


def _folder(seen: Ground, kind: str) -> str:
    """What `current` leads to."""
    spot = seen.spots.get((kind, "code"))
    return spot.current if spot and FOLDER.fullmatch(spot.current) else ""


def _keeps(seen: Ground, kind: str) -> tuple[str, ...]:
    """What happens to it at logout and at a reboot, where that is not what one expects of a service."""
    if kind == "system":
        return () if seen.systemd else (NO_REBOOT,)
    if seen.lingers:
        return ("kept by your own systemd: starts at boot",)
    return (f"{SESSION}; {NO_REBOOT}",) if seen.session else (NO_REBOOT,)


def _silence(link: Link, seen: Ground, kind: str, why: str) -> str:
    """Why it does not answer, as far as that can be seen."""
    if kind == "system" and seen.uid != 0 and NAME not in seen.groups:
        return f"{seen.user} is not in the group {NAME}: have an administrator add it, or install with become"
    return f"no hello from it: {why.removeprefix(f'{link.host.name}: ')}" if why else "no hello from it"


def _tables(seen: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects in hello; what is no object is left out."""
    return [item for item in seen.get(key, ()) if isinstance(item, dict)]


async def _rss(link: Link, seen: dict[str, Any]) -> int:
    """Resident bytes, from /proc, which everybody may read."""
    pid = seen.get("pid")
    if not isinstance(pid, int):
        return 0
    reply = await link.run(f"sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/{pid}/status", timeout_s=ANSWER_S)
    return int(reply.text) * 1024 if reply.text.isdigit() else 0
