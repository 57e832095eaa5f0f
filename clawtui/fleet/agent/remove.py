"""Take the agent away: unit, folders, socket, rings, user and group; what was never there is no failure."""

from clawtui.errors import AgentError
from clawtui.fleet.agent import spots
from clawtui.fleet.agent.install import STEP_S, Change
from clawtui.fleet.agent.probe import ground
from clawtui.fleet.agent.scripts import verb
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.link import Ending, Link


async def remove(link: Link, becoming: Becoming) -> Change:
    """Leave nothing but a helper that an administrator placed; needs no Python and no room there."""
    rights, seen = await becoming.rights(link), await ground(link)
    kind = spots.kinds(seen.spots, root=rights.root)[0]
    line = verb(rights, seen.layouts[kind], "remove")
    reply = await link.run(line.command, stdin=line.stdin, timeout_s=STEP_S)
    if reply.ending is not Ending.OK:
        lines = reply.stderr.decode("utf-8", "replace").strip().splitlines()
        words = reply.note or (lines[-1] if lines else f"status {reply.status}")
        raise AgentError(link.host.name, f"removing failed: {words}")
    did = tuple(line.removeprefix("did ") for line in reply.text.splitlines() if line.startswith("did "))
    return Change("removed" if did else "nothing to do: there was no agent", did)
