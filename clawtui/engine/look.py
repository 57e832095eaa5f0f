"""One question to a host that ssh lets us into: what is there that could tell its numbers?"""

import shlex
from dataclasses import dataclass

from clawtui import shipped
from clawtui.clean import clean
from clawtui.errors import AgentError
from clawtui.fleet.link import Ending, Link

SYSTEM_SOCKET = "/run/clawtui-agent/agent.sock"
LOOK_S = 10.0
READS_ONLY = "this key may only read"
# what the agent's proxy says to every other command


@dataclass(frozen=True, slots=True)
class Found:
    """What a look around on a host shows."""

    sockets: tuple[str, ...] = ()
    # of the login user's own agents
    system: bool = False
    # there is a system socket, whether or not it lets us in
    restricted: bool = False
    # not our command ran but the key's forced one: it should be the agent's proxy
    said: str = ""
    # what the forced command said instead
    installed: tuple[str, ...] = ()
    # folders with an agent's files, whether or not it runs
    page: int = 0
    # port that node-exporter usually listens on, where somebody listens there
    os: str = ""
    root: bool = False
    systemd: bool = False
    container: bool = False
    noexec: str = ""
    # the login's home, where nothing in it may be executed
    pythonless: bool = False
    pythons: tuple[str, ...] = ()
    # "3.11 /usr/bin/python3"; only where they were asked for, as are the next two
    machine: str = ""
    libc: str = "unknown"


def look_command(system: str = SYSTEM_SOCKET, *, deep: bool = False) -> str:
    """The command line that looks; `deep` also tries its Pythons."""
    variables = f"system={shlex.quote(system)} deep={int(deep)}\n"
    return f"sh -c {shlex.quote(variables + shipped.read('templates/agentless/look.sh'))}"


async def look(link: Link, system: str = SYSTEM_SOCKET, *, deep: bool = False) -> Found:
    """Look around; AgentError when no answer came."""
    reply = await link.run(look_command(system, deep=deep), timeout_s=LOOK_S)
    if reply.ending is Ending.UNKNOWN and not reply.stdout:
        raise AgentError(link.host.name, f"ssh works, but a look for the agent did not come back: {reply.note}")
    return seen(reply.stdout, reply.stderr)


def seen(output: bytes, complaint: bytes = b"") -> Found:
    """Read the answer."""
    lines = [line.partition(" ") for line in output.decode("utf-8", "replace").splitlines()]
    said: dict[str, str] = {kind: clean(rest, limit=300) for kind, _, rest in lines}
    if not said.get("uid", "").isdigit():
        words = (complaint or output).decode("utf-8", "replace").strip().splitlines()
        proxied = not words or words[0].startswith('{"hello"') or READS_ONLY in words[0]
        return Found(restricted=True, said="" if proxied else clean(words[0], limit=200))
    user = dict.fromkeys(rest for kind, _, rest in lines if kind == "user" and rest.startswith("/"))
    return Found(
        sockets=tuple(user),
        system="system" in said,
        installed=tuple(rest for kind, _, rest in lines if kind == "installed"),
        page=int(said["page"]) if said.get("page", "").isdigit() else 0,
        os=said.get("os", ""),
        root=said["uid"] == "0",
        systemd=said.get("init") == "systemd",
        container="container" in said,
        noexec=said.get("noexec", ""),
        pythonless="pythonless" in said,
        pythons=tuple(rest for kind, _, rest in lines if kind == "python"),
        machine=said.get("machine", ""),
        libc=said.get("libc", "unknown"),
    )
