"""Doctor's part about a host that lets us in: what only a login can see."""

import time

from clawtui.errors import AgentError, LinkError
from clawtui.fleet.agent.probe import ground, read
from clawtui.fleet.agent.status import status
from clawtui.fleet.become import Rights
from clawtui.fleet.becoming import GATES, Becoming
from clawtui.fleet.check import Check
from clawtui.fleet.doctor_root import root
from clawtui.fleet.host import AgentUse
from clawtui.fleet.link import Ending, Link

ASK_S = 10.0
CLOCK_WARNING_S = 1.0
DISK_WARNING = 90
DISK_FAILED = 98


async def inside(link: Link, becoming: Becoming) -> list[Check]:
    """From a shell up to what needs one; a connection that goes meanwhile is a finding, too."""
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
