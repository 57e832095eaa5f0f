"""`run SELECTOR [--timeout S] [--root] -- COMMAND`: one command line on many hosts, by their login shells or as root."""

from collections import Counter
from collections.abc import Sequence

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import UsageError
from clawtui.fleet.become import Line, as_root
from clawtui.fleet.host import Become, Fleet, Host
from clawtui.fleet.link import Ending, Link, Reply
from clawtui.fleet.selector import select

TIMEOUT_S = 30.0


class Run:
    """Cannot be undone: what a command does is its own affair."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Parse the words and choose the hosts."""
        selector, command, timeout_s, root = _parse(words)
        hosts = select(fleet, selector)
        count = f"{len(hosts)} host{'s' if len(hosts) != 1 else ''}"
        return Draft(
            verb="run",
            title=f"RUN {command} on {count}",
            hosts=hosts,
            lines=(
                f"{command}",
                *(_as_root(hosts) if root else ()),
                f"on {', '.join(host.name for host in hosts)}",
                f"at most {timeout_s:g} s each",
            ),
            commands=(f"as root: {command}" if root else command,),
            details={"command": command, "timeout_s": str(timeout_s), "root": "1" if root else ""},
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """Run it; what came back is exact bytes."""
        line = Line(draft.details["command"])
        if draft.details["root"]:
            line = as_root(await draft.becoming.rights(link), line.command)
        reply = await link.run(line.command, stdin=line.stdin, timeout_s=float(draft.details["timeout_s"]))
        return HostOutcome(
            host=link.host.name,
            ending=reply.ending.value,
            words=_words(reply),
            status=reply.status,
            stdout=reply.stdout,
            stderr=reply.stderr,
            seconds=reply.seconds,
        )


def _as_root(hosts: Sequence[Host]) -> tuple[str, ...]:
    """By what, and where that is no way at all."""
    by = Counter(host.become for host in hosts)
    ways = [f"by {become} on {by[become]}" for become in (Become.SUDO, Become.DOAS) if by[become]]
    ways += [f"where the login is root on {by[Become.NONE]}"] if by[Become.NONE] else []
    return (f"as root, {', '.join(ways)}",)


def _parse(words: Sequence[str]) -> tuple[str, str, float, bool]:
    """Selector, command line, deadline, whether as root."""
    head = list(words[: words.index("--")]) if "--" in words else list(words)
    tail = list(words[words.index("--") + 1 :]) if "--" in words else []
    timeout_s, root = TIMEOUT_S, "--root" in head
    if root:
        head.remove("--root")
    if "--timeout" in head:
        at = head.index("--timeout")
        try:
            timeout_s = float(head[at + 1])
        except (IndexError, ValueError):
            raise UsageError("--timeout needs a number of seconds") from None
        del head[at : at + 2]
    if len(head) != 1 or not tail:
        raise UsageError("write run SELECTOR -- COMMAND: the hosts, two dashes, and the command line for them")
    if timeout_s <= 0:
        raise UsageError(f"--timeout {timeout_s:g} is not a time; give seconds above 0")
    return head[0], " ".join(tail), timeout_s, root


def _words(reply: Reply) -> str:
    """How it ended, in words; empty where it went well."""
    match reply.ending:
        case Ending.OK:
            return ""
        case Ending.FAILED:
            return f"exit status {reply.status}"
        case Ending.KILLED:
            return f"killed by SIG{reply.signal}"
        case Ending.UNKNOWN:
            return reply.note or "no answer; it may be running still"
