"""The ways to an agent on a host that ssh lets us into: system socket, the user's own, a restricted key's forced command."""

from dataclasses import dataclass
from shlex import quote

from clawtui.errors import AgentError, FileFailed
from clawtui.fleet.link import Channel, Ending, Link

SYSTEM_SOCKET = "/run/clawtui-agent/agent.sock"
LOOK_S = 10.0
# A socket counts only in a folder of the login user's own: /tmp is everybody's.
_SCRIPT = (
    f'echo "uid $(id -u)"; [ -S {SYSTEM_SOCKET} ] && echo "system {SYSTEM_SOCKET}"; '
    'for d in "${XDG_RUNTIME_DIR:-/nonexistent}/clawtui-agent" "/tmp/clawtui-agent-$(id -u)"; do '
    '[ -S "$d/agent.sock" ] && [ -O "$d" ] && echo "user $d/agent.sock"; done; :'
)
LOOK = f"sh -c {quote(_SCRIPT)}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look around on a host shows."""

    sockets: tuple[str, ...] = ()
    # of the login user's own agents
    system: bool = False
    # there is a system socket, whether or not it lets us in
    restricted: bool = False
    # not our command ran but the key's forced one: it should be the agent's proxy


async def reach(link: Link, *, system: str = SYSTEM_SOCKET) -> Channel:
    """A channel to the agent; AgentError says that there is none and what to do about it."""
    name = link.host.name
    try:
        return await link.open_socket(system)
    except FileFailed as failure:
        refused = failure
    reply = await link.run(LOOK, timeout_s=LOOK_S)
    if reply.ending is Ending.UNKNOWN:
        raise AgentError(name, f"ssh works, but a look for the agent did not come back: {reply.note}")
    found = seen(reply.stdout)
    if found.restricted:
        return await link.open("clawtui-agent proxy")
    for socket in found.sockets:
        try:
            return await link.open_socket(socket)
        except FileFailed as failure:
            refused = failure
    if found.sockets or found.system:
        raise AgentError(name, f"there is an agent, but {refused.reason}")
    raise AgentError(name, "no agent runs here")


def seen(output: bytes) -> Found:
    """Read the answer to LOOK."""
    lines = [line.partition(" ") for line in output.decode("utf-8", "replace").splitlines()]
    if not any(kind == "uid" for kind, _, _ in lines):
        return Found(restricted=True)
    sockets = tuple(dict.fromkeys(rest for kind, _, rest in lines if kind == "user" and rest.startswith("/")))
    return Found(sockets, any(kind == "system" for kind, _, _ in lines))
