"""What agent a host has: version, whether it is this one, rings, services, memory."""

import shlex
from dataclasses import dataclass
from typing import Any

from clawtui.fleet.agent.bundle import current_folder
from clawtui.fleet.agent.layout import Layout, system_layout
from clawtui.fleet.agent.remove import where
from clawtui.fleet.agent.samples import hello
from clawtui.fleet.agent.scripts import as_owner
from clawtui.fleet.link import Link

ANSWER_S = 8.0
AS_WE_ARE = 0  # no sudo in front


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
    """Look; changes nothing."""
    layout, uid = await where(link)
    folder = await _folder(link, layout, uid)
    if not folder and not layout.root:  # root's agent serves this login too, through its group
        layout, uid = system_layout(), AS_WE_ARE
        folder = await _folder(link, layout, uid)
    if not folder:
        return AgentStatus("none")
    seen = await hello(link, layout, uid, timeout_s=ANSWER_S)
    match = "ours" if folder == current_folder() else "behind"
    if not seen:
        return AgentStatus("stopped", folder=folder, match=match)
    return AgentStatus(
        "running",
        version=str(seen.get("agent", "")),
        folder=folder,
        match=match,
        rings=tuple(
            f"{ring['tier']} × {ring['slots']}" for ring in _tables(seen, "rings") if "tier" in ring and "slots" in ring
        ),
        services=tuple(str(service.get("name", "")) for service in _tables(seen, "services")),
        rss=await _rss(link, seen),
        notes=tuple(str(note) for note in seen.get("notes", ())),
    )


def _tables(seen: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects in hello; what is no object is left out."""
    return [item for item in seen.get(key, ()) if isinstance(item, dict)]


async def _folder(link: Link, layout: Layout, uid: int) -> str:
    """What `current` leads to."""
    command = as_owner(layout, uid, shlex.join(("readlink", f"{layout.code}/current")))
    return (await link.run(command, timeout_s=ANSWER_S)).text.strip()


async def _rss(link: Link, seen: dict[str, Any]) -> int:
    """Resident bytes, from /proc, which everybody may read."""
    pid = seen.get("pid")
    if not isinstance(pid, int):
        return 0
    reply = await link.run(f"sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/{pid}/status", timeout_s=ANSWER_S)
    return int(reply.text) * 1024 if reply.text.isdigit() else 0
