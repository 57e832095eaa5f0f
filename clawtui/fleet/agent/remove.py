"""Take the agent away: unit, folders, socket, rings, user and group; what was never there is no failure."""

from clawtui.errors import AgentError
from clawtui.fleet.agent import scripts
from clawtui.fleet.agent.install import STEP_S, Change
from clawtui.fleet.agent.layout import Layout, system_layout, user_layout
from clawtui.fleet.host import Become
from clawtui.fleet.link import Ending, Link

_WHO = (
    'printf "%s\\n" "$(id -u)" "$HOME" '
    '"$(cat /etc/machine-id /var/lib/dbus/machine-id 2>/dev/null | head -n 1)" "$(uname -n)"'
)


async def remove(link: Link) -> Change:
    """Leave nothing; needs no Python and no room there."""
    layout, uid = await where(link)
    reply = await link.run(scripts.remove(layout, uid), timeout_s=STEP_S)
    if reply.ending is not Ending.OK:
        words = (
            reply.note
            or reply.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            or [f"status {reply.status}"]
        )
        raise AgentError(link.host.name, f"removing failed: {words if isinstance(words, str) else words[0]}")
    did = tuple(line.removeprefix("did ") for line in reply.text.splitlines() if line.startswith("did "))
    return Change("removed" if did else "nothing to do: there was no agent", did)


async def where(link: Link) -> tuple[Layout, int]:
    """Which installation this login would have made, and its uid."""
    reply = await link.run(_WHO, timeout_s=STEP_S)
    lines = [*reply.text.split("\n"), "", "", "", ""]
    if reply.ending is not Ending.OK or not lines[0].isdigit():
        raise AgentError(link.host.name, f"asking who we are there failed: {reply.note or lines[0] or reply.ending}")
    uid = int(lines[0])
    if uid == 0 or link.host.become is Become.SUDO:
        return system_layout(), uid
    return user_layout(lines[1], lines[2] or lines[3], uid), uid
