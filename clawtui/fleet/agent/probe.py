"""One question to a host: all that an installation has to know, in one round trip and without changing anything."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from clawtui import shipped
from clawtui.errors import AgentError
from clawtui.fleet.agent.layout import FOLDER, Layout, system_layout, user_layout
from clawtui.fleet.host import Become
from clawtui.fleet.link import Ending, Link

OLDEST = (3, 9)
ROOM = 8 * 1024 * 1024  # bytes: two versions of the agent with their compiled files
RINGS_ROOM = 160 * 1024 * 1024  # bytes: what the rings may take, and a margin
PROBE_S = 20.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What a host answered."""

    host: str
    machine: str
    libc: str
    # "glibc 2.36", "musl", "unknown"
    user: str
    uid: int
    groups: tuple[str, ...]
    layout: Layout
    systemd: bool
    python: str
    # full path of the interpreter that will run the agent
    version: tuple[int, int]
    current: str
    # folder name that `current` leads to; empty where nothing is installed
    installed: tuple[str, ...]
    digests: Mapping[str, str]
    # sha256 of "config", "unit", "launcher", "supervise" as they lie there
    active: bool
    free: int
    # bytes where the rings go


async def probe(link: Link, become: Become) -> Probe:
    """Ask; raises AgentError where the agent cannot live there."""
    reply = await link.run(f"sh -c {shlex.quote(script(become))}", timeout_s=PROBE_S)
    if reply.ending is not Ending.OK:
        words = reply.note or reply.stderr.decode("utf-8", "replace").strip() or f"exit status {reply.status}"
        raise AgentError(link.host.name, f"the probe did not come through: {words}")
    return read(link.host.name, reply.text, become)


def script(become: Become) -> str:
    """The probe's shell script."""
    return f"become={become.value}\n" + shipped.read("templates/agent/probe.sh")


def read(host: str, text: str, become: Become) -> Probe:
    """Parse the probe's answer; raises AgentError saying what is missing and what to do."""
    lines = [(key, value) for key, is_, value in (line.partition("=") for line in text.splitlines()) if is_]
    seen: dict[str, str] = dict(lines)
    if seen.get("system") != "Linux":
        raise AgentError(host, f"the agent runs on Linux, this is {seen.get('system') or 'something unknown'}")
    root = seen.get("root") == "1"
    if become is Become.SUDO and not root:
        raise AgentError(host, _no_sudo(seen.get("user", "?")))
    machine_id = seen.get("machine_id") or seen.get("host", "")
    layout = system_layout() if root else user_layout(seen["home"], machine_id, int(seen["uid"]))
    python, version = _python(host, [value for key, value in lines if key == "python"], root=root)
    free = _room(host, seen, layout)
    return Probe(
        host=host,
        machine=seen.get("machine", ""),
        libc=seen.get("libc", "unknown"),
        user=seen.get("user", ""),
        uid=int(seen["uid"]),
        groups=tuple(seen.get("groups", "").split()),
        layout=layout,
        systemd=root and seen.get("systemd") == "1",
        python=python,
        version=version,
        current=seen.get("current", ""),
        installed=tuple(value for key, value in lines if key == "installed" and FOLDER.fullmatch(value)),
        digests={key: seen.get(key, "") for key in ("config", "unit", "launcher", "supervise")},
        active=seen.get("active") == "active",
        free=free,
    )


def _python(host: str, found: list[str], *, root: bool) -> tuple[str, tuple[int, int]]:
    """The first interpreter that is new enough and that the agent's own user can reach."""
    seen: list[str] = []
    for line in filter(None, found):
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


def _room(host: str, seen: Mapping[str, str], layout: Layout) -> int:
    """Bytes free for the rings; refuses where code or rings have no room, or where nothing may be executed."""
    if "noexec" in seen.get("mount_code", "").split(","):
        raise AgentError(host, f"{layout.code} lies on a file system mounted noexec; remount it with exec")
    code, state = (_free(seen.get(f"space_{which}", "")) for which in ("code", "state"))
    if code < ROOM:
        raise AgentError(
            host, f"{layout.code}: {code // 1024} KiB free, the agent needs {ROOM // 1024} KiB; make room there"
        )
    if state < RINGS_ROOM and not seen.get("current"):
        mib = RINGS_ROOM // 1024 // 1024
        raise AgentError(
            host, f"{layout.state}: {state // 1024} KiB free, a day's history needs {mib} MiB; make room there"
        )
    return state


def _free(line: str) -> int:
    """Bytes free in a line of `df -Pk`; columns are counted from the percent sign, device names may hold spaces."""
    words = line.split()
    at = next((i for i, word in enumerate(words) if word.endswith("%")), 0)
    return int(words[at - 1]) * 1024 if at and words[at - 1].isdigit() else 0


def _no_sudo(user: str) -> str:
    """What to tell somebody whose sudo asks for a password."""
    return (
        f"`sudo -n true` was refused for {user}; allow it with the line `{user} ALL=(root) NOPASSWD: ALL` in /etc/sudoers.d/, "
        'log in as root, or set become = "none" for a per-user installation'
    )
