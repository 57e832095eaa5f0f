"""What stands between the operator and a host, looked at in the order in which one thing depends on the other."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

from clawtui.errors import (
    AgentError,
    AuthFailed,
    Deadline,
    HostKeyChanged,
    HostKeyUnknown,
    LinkError,
    OptionRefused,
    Unreachable,
)
from clawtui.fleet.agent.probe import ground, read
from clawtui.fleet.agent.status import status
from clawtui.fleet.become import Rights
from clawtui.fleet.becoming import GATES, Becoming
from clawtui.fleet.check import Check
from clawtui.fleet.connections import Connections
from clawtui.fleet.doctor_root import root
from clawtui.fleet.host import AgentUse, Fleet, Host
from clawtui.fleet.host_ca import advised, built_anew
from clawtui.fleet.link import Ending, Link
from clawtui.places import Places

ORDER = ("name", "tcp", "host key", "auth", "shell", "sudo", "doas", "allowance", "python", "agent", "disk", "clock")
ROOT = ("sudo", "doas", "allowance")
# only where the fleet file wants root
TCP_S = 5.0
ASK_S = 10.0
CLOCK_WARNING_S = 1.0
DISK_WARNING = 90
DISK_FAILED = 98


async def examine(fleet: Fleet, host: Host, connections: Connections, places: Places) -> tuple[Check, ...]:
    """All checks in ORDER; what comes after a failure that it depends on is skipped."""
    seen = [check async for check in _way(fleet, host)]
    link = None
    if all(check.state != "failed" for check in seen):
        try:
            link = await connections.link(host)
            facts = connections.facts(host)
            seen.append(Check("host key", "ok", facts.get("fingerprint", "trusted")))
            seen.append(Check("auth", "ok", _auth_words(host, facts)))
        except LinkError as problem:
            seen += _refused(host, problem)
    if link is not None:
        seen += await _inside(link, connections.becoming)
    seen += await asyncio.to_thread(_authority, fleet, connections, places)
    named = {check.what for check in seen}
    because = next((check.what for check in seen if check.state == "failed"), "")
    seen += [Check(what, "skipped", f"after {because}") for what in ORDER if what not in named and what not in ROOT]
    return tuple(sorted(seen, key=lambda check: ORDER.index(check.what)))


async def _way(fleet: Fleet, host: Host) -> AsyncIterator[Check]:
    """Name and TCP, where they can be seen from here."""
    if host.refusal:
        yield Check(
            "name", "failed", host.refusal, "take the option out for this host, or give the host in a fleet file"
        )
        return
    if host.jump:
        through = " → ".join(host.jump)
        words = f"{host.target} is looked up and dialled by {through}"
        yield Check("name", "skipped", words)
        yield Check(
            "tcp", "skipped", f"through {through}; clawtui doctor {host.jump[0]}" if fleet.host(host.jump[0]) else words
        )
        return
    try:
        async with asyncio.timeout(TCP_S):
            found = await asyncio.get_running_loop().getaddrinfo(host.target, host.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as problem:
        words = f"{host.target}: {_reason(problem)}"
        yield Check("name", "failed", words, f"correct address of {host.name} in {host.origin}, or ask your DNS")
        return
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    yield Check("name", "ok", f"{host.target} is {', '.join(addresses)}")
    yield await _tcp(host, addresses[0])


async def _tcp(host: Host, address: str) -> Check:
    """Does something that speaks SSH greet?"""
    where = f"{address} port {host.port}"
    began = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(TCP_S):
            reader, writer = await asyncio.open_connection(address, host.port)
            banner = (await reader.readline())[:200].decode("utf-8", "replace").strip()
    except TimeoutError:
        words = (
            f"{where}: connected, but no banner in {TCP_S:.0f} s" if writer else f"{where}: no answer in {TCP_S:.0f} s"
        )
        remedy = (
            "sshd there hangs: look at its load and MaxStartups"
            if writer
            else "is it up? a firewall dropping packets looks like this"
        )
        return Check("tcp", "failed", words, remedy)
    except OSError as problem:
        remedy = "is sshd running there, on this port? see port in the fleet file"
        return Check("tcp", "failed", f"{where}: {_reason(problem)}", remedy)
    finally:
        if writer:
            writer.close()
    if not banner.startswith("SSH-"):
        return Check(
            "tcp",
            "failed",
            f"{where}: greets with {banner!r}, which is no SSH",
            "another service has that port; correct port",
        )
    return Check("tcp", "ok", f"{banner} after {(time.monotonic() - began) * 1000:.0f} ms")


def _auth_words(host: Host, facts: dict[str, str]) -> str:
    """As whom, over what."""
    parts = [
        f"as {host.user or 'yourself'}",
        *(f"{key} {facts[key]}" for key in ("cipher", "server", "certificate") if facts.get(key)),
        *([f"by {facts['transport']}"] if facts.get("transport") else []),
    ]
    return ", ".join(parts)


def _authority(fleet: Fleet, connections: Connections, places: Places) -> list[Check]:
    """A fleet with many unknown or rebuilt hosts wants an authority."""
    try:
        ours = places.known_hosts.read_text("utf-8", "replace")
    except OSError:
        ours = ""
    known = [(host, connections.known_hosts.of(host, places.home)) for host in fleet.hosts]
    words, remedy = advised(known, built_anew(ours))
    return [Check("host key", "warning", words, remedy)] if words else []


def _refused(host: Host, problem: LinkError) -> list[Check]:
    """A connection that did not come to stand, filed under what it says."""
    if problem.behind:
        return [
            Check("auth", "failed", problem.reason, f"clawtui doctor {problem.behind}; or clawtui trust {host.name}")
        ]
    match problem:
        case HostKeyUnknown():
            remedy = (
                f"compare the fingerprint with the host's own, then: clawtui trust {host.name}; "
                f"or from those who know it: clawtui trust {host.name} --from FILE|CA.pub|SSHFP"
            )
            return [Check("host key", "failed", f"{problem.reason} {problem.fingerprint}".strip(), remedy)]
        case HostKeyChanged():
            remedy = (
                "find out why; only if it was built anew, with the fingerprint that its console shows: "
                f"clawtui trust --replace {host.name} --fingerprint SHA256:… --reason …"
            )
            return [Check("host key", "failed", problem.reason, remedy)]
        case AuthFailed():
            remedy = "is your key in its authorized_keys, in your ssh-agent (ssh-add -l), and is user right?"
            return [Check("host key", "ok", "trusted"), Check("auth", "failed", problem.reason, remedy)]
        case OptionRefused():
            return [Check("auth", "failed", problem.reason, f"see {host.origin}")]
        case Unreachable() | Deadline():
            return [Check("auth", "failed", problem.reason, "see tcp; a bastion on the way may be the cause")]
        case _:
            return [Check("auth", "failed", problem.reason)]


async def _inside(link: Link, becoming: Becoming) -> list[Check]:
    """What only a login can see."""
    try:
        shell = await _shell(link)
        if shell.state == "failed":
            return [shell]
        rooted, rights = await root(link, becoming)
        return [
            shell,
            *rooted,
            await _python(link, rights),
            await _agent(link),
            await _disk(link),
            await _clock(link),
        ]
    except LinkError as problem:
        return [Check("shell", "failed", problem.reason, "the connection went while it was being looked at; try again")]


async def _shell(link: Link) -> Check:
    """A login shell that says nothing of its own and runs what it is given."""
    reply = await link.run("echo clawtui-$((40+2))", timeout_s=ASK_S)
    lines = reply.text.splitlines()
    if reply.ending is Ending.OK and lines == ["clawtui-42"]:
        return Check("shell", "ok", f"answers in {reply.seconds * 1000:.0f} ms")
    if lines and lines[-1] == "clawtui-42":
        remedy = "its .bashrc or profile prints without a terminal; guard that with `case $- in *i*) …`"
        return Check("shell", "warning", f"it speaks before the answer: {lines[0]!r}", remedy)
    words = reply.note or reply.stderr.decode("utf-8", "replace").strip() or f"ended {reply.ending}: {reply.text!r}"
    return Check(
        "shell", "failed", words, "a login shell that runs commands is needed (not nologin, no forced command)"
    )


async def _python(link: Link, rights: Rights | None) -> Check:
    """For the agent; where it would live is part of the question."""
    if link.host.agent is AgentUse.NONE:
        return Check("python", "ok", f'not needed: agent = "none" ({link.host.origin})')
    try:
        seen = read(rights or Rights(link.host.name, GATES[link.host.become], -1, ""), await ground(link))
    except AgentError as problem:
        return Check("python", "warning", problem.reason, "without it there is no agent on this host")
    there = seen.ground
    words = f"{seen.python} is {seen.version[0]}.{seen.version[1]}, {there.machine}, {there.libc}"
    return Check("python", "ok", f"{words}{'; ' if seen.words else ''}{seen.words}")


async def _agent(link: Link) -> Check:
    """There, alive, and of this version?"""
    name = link.host.name
    if link.host.agent is not AgentUse.AUTO:
        asked = f'agent = "{link.host.agent}" ({link.host.origin})'
        return Check("agent", "ok", f"none is installed: {asked}, so no history is kept there")
    try:
        seen = await status(link)
    except AgentError as problem:
        return Check("agent", "warning", problem.reason, f"clawtui agent install {name}")
    if seen.state == "none":
        return Check("agent", "warning", "not installed", f"clawtui agent install {name}")
    if seen.state == "stopped":
        return Check(
            "agent",
            "failed",
            f"{seen.folder} is installed and does not answer: {'; '.join(seen.notes)}",
            f"clawtui agent install {name}",
        )
    if seen.match == "behind":
        return Check(
            "agent",
            "warning",
            f"{seen.version} {seen.folder} is not the version of this clawtui",
            f"clawtui agent upgrade {name}",
        )
    words = (f"{seen.version}, {seen.rss / 1048576:.1f} MiB, {len(seen.services)} services", *seen.notes)
    return Check("agent", "ok", "; ".join(words))


async def _disk(link: Link) -> Check:
    """The file systems that an agent and a login write to."""
    reply = await link.run('df -Pk / /var /tmp "$HOME" 2>/dev/null | tail -n +2', timeout_s=ASK_S)
    fullest, mount = 0, "?"
    for line in reply.text.splitlines():
        words = line.split()
        at = next((i for i, word in enumerate(words) if word.endswith("%") and word[:-1].isdigit()), 0)
        if at and int(words[at][:-1]) >= fullest:
            fullest, mount = int(words[at][:-1]), " ".join(words[at + 1 :])
    words_ = f"{mount} is {fullest} % full"
    remedy = f"make room on {mount}: du -xsh {mount.rstrip('/')}/* | sort -h"
    if mount == "?":
        return Check("disk", "warning", "df gave no answer", "is there a df on this host?")
    if fullest >= DISK_WARNING:
        return Check("disk", "failed" if fullest >= DISK_FAILED else "warning", words_, remedy)
    return Check("disk", "ok", words_)


async def _clock(link: Link) -> Check:
    """Its wall clock against ours, give or take half a round trip."""
    before = time.time()
    reply = await link.run("date +%s.%N", timeout_s=ASK_S)
    after = time.time()
    try:
        theirs = float(reply.text.removesuffix(".%N").removesuffix("%N"))
    except ValueError:
        return Check("clock", "warning", f"date answered {reply.text!r}", "is there a date on this host?")
    offset, give = theirs - (before + after) / 2, (after - before) / 2
    words = f"{offset:+.2f} s against here, ± {give:.2f}"
    if abs(offset) - give > CLOCK_WARNING_S:
        return Check(
            "clock",
            "warning",
            words,
            "set the time there: timedatectl set-ntp true, or chronyc makestep; or is it ours?",
        )
    return Check("clock", "ok", words)


def _reason(problem: BaseException) -> str:
    """The system's words without its number."""
    if isinstance(problem, TimeoutError):
        return f"no answer in {TCP_S:.0f} s"
    return str(getattr(problem, "strerror", "") or problem)
