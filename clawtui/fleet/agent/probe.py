"""What an installation has to know of a host: asked with the login's rights, then by the helper; changes nothing."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clawtui import shipped
from clawtui.errors import AgentError
from clawtui.fleet.agent import spots
from clawtui.fleet.agent.layout import FOLDER, Layout
from clawtui.fleet.agent.scripts import verb
from clawtui.fleet.become import Rights
from clawtui.fleet.link import Ending, Link, Reply

OLDEST = (3, 9)
PROBE_S = 20.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What the login itself can see."""

    machine: str
    libc: str
    # "glibc 2.36", "musl", "unknown"
    user: str
    uid: int
    groups: tuple[str, ...]
    systemd: bool
    pythons: tuple[str, ...]
    # "3.11 /usr/bin/python3"
    spots: spots.Spots
    layouts: Mapping[str, Layout]
    lingers: bool
    # an agent of this user is kept by its own systemd
    session: bool
    # this host ends a user's processes with the last session


@dataclass(frozen=True, slots=True)
class Probe:
    """What a host answered."""

    rights: Rights
    ground: Ground
    layout: Layout
    python: str
    # full path of the interpreter that will run the agent
    version: tuple[int, int]
    words: str = ""
    # why it does not live where it usually does
    current: str = ""
    # folder name that `current` leads to; empty where nothing is installed
    installed: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict[str, str])
    # sha256 of "config", "launcher", "supervise" as they lie there
    unit: bool = False
    # the unit there is the one that the helper would write
    active: bool = False

    @property
    def host(self) -> str:
        """Its name."""
        return self.rights.host

    @property
    def systemd(self) -> bool:
        """Will it be a service of the host's systemd?"""
        return self.rights.root and self.ground.systemd


async def probe(link: Link, rights: Rights) -> Probe:
    """Ask; raises AgentError where the agent cannot live there."""
    seen = read(rights, await ground(link))
    line = verb(seen.rights, seen.layout, "look")
    reply = await link.run(line.command, stdin=line.stdin, timeout_s=PROBE_S)
    if reply.ending is not Ending.OK:
        raise AgentError(link.host.name, f"the look at what is installed did not come through: {_words(reply)}")
    return looked(seen, reply.text)


async def ground(link: Link) -> Ground:
    """The login's own question."""
    script = shipped.read("templates/agent/probe.sh")
    reply = await link.run(f"sh -c {shlex.quote(script)}", timeout_s=PROBE_S)
    if reply.ending is not Ending.OK:
        raise AgentError(link.host.name, f"the probe did not come through: {_words(reply)}")
    return read_ground(link.host.name, reply.text)


def read_ground(host: str, text: str) -> Ground:
    """Parse the answer of probe.sh."""
    lines = [(key, value) for key, is_, value in (line.partition("=") for line in text.splitlines()) if is_]
    seen: dict[str, str] = dict(lines)
    if seen.get("system") != "Linux":
        raise AgentError(host, f"the agent runs on Linux, this is {seen.get('system') or 'something unknown'}")
    uid = int(seen["uid"]) if seen.get("uid", "").isdigit() else -1
    keeps = {value for key, value in lines if key == "keeps"}
    return Ground(
        machine=seen.get("machine", ""),
        libc=seen.get("libc", "unknown"),
        user=seen.get("user", ""),
        uid=uid,
        groups=tuple(seen.get("groups", "").split()),
        systemd=seen.get("systemd") == "1",
        pythons=tuple(value for key, value in lines if key == "python" and value),
        spots=spots.spots(value for key, value in lines if key == "place"),
        layouts=spots.layouts(seen.get("home", ""), seen.get("machine_id") or seen.get("host", ""), uid),
        lingers="linger" in keeps,
        session="session" in keeps,
    )


def read(rights: Rights, seen: Ground) -> Probe:
    """Choose interpreter and place; raises AgentError saying what is missing and what to do."""
    python, version = _python(rights.host, seen.pythons, root=rights.root)
    kind, words = spots.chosen(rights.host, seen.spots, seen.layouts, root=rights.root)
    return Probe(rights, seen, seen.layouts[kind], python, version, words)


def looked(seen: Probe, text: str) -> Probe:
    """With the helper's answer to `look`."""
    lines = [(key, value) for key, is_, value in (line.partition("=") for line in text.splitlines()) if is_]
    said: dict[str, str] = dict(lines)
    return replace(
        seen,
        current=said.get("current", ""),
        installed=tuple(value for key, value in lines if key == "installed" and FOLDER.fullmatch(value)),
        digests={key: said.get(key, "") for key in ("config", "launcher", "supervise", "user_unit")},
        unit=said.get("unit") == "same",
        active=said.get("active") == "active",
    )


def _python(host: str, found: tuple[str, ...], *, root: bool) -> tuple[str, tuple[int, int]]:
    """The first interpreter that is new enough and that the agent's own user can reach."""
    seen: list[str] = []
    for line in found:
        number, _, path = line.partition(" ")
        major, _, minor = number.partition(".")
        version = (int(major), int(minor))
        if root and path.startswith(("/home/", "/root/")):
            seen.append(f"{path} (in a home, closed to the agent)")
        elif version < OLDEST:
            seen.append(f"{path} is {number}")
        else:
            return path, version
    there = "; ".join(dict.fromkeys(seen)) or "none found"
    raise AgentError(
        host, f"no Python 3.9 or newer for the agent: {there}; install one, for example apt-get install python3"
    )


def _words(reply: Reply) -> str:
    """The last line it said, or how it ended."""
    lines = reply.stderr.decode("utf-8", "replace").strip().splitlines()
    return reply.note or (lines[-1] if lines else f"exit status {reply.status}")
