"""`clawtui trust SELECTOR`: show a host's key and vouch for it; headless only with the fingerprint that is expected."""

import argparse
import asyncio
import sys
from dataclasses import dataclass, field

from clawtui.cli.acting import carried_out, code_of, confirming, told
from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import engine_of, fleet_of
from clawtui.cli.tty import TtyPrompts
from clawtui.engine.boundary.plans import Apply, HostOutcome, Outcome, Plan, PlanQuery
from clawtui.errors import Refused, UsageError
from clawtui.fleet.prompts import CONNECTING


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which hosts; and what stands for a person who compares."""
    parser.usage = f"{parser.prog} [flags] SELECTOR | --replace SELECTOR"
    parser.add_argument("selector", metavar="SELECTOR", nargs="?", default="")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE|CA.pub|SSHFP",
        help="known_hosts, ssh-keyscan's output or HOST SHA256:… lines; an authority's public key; "
        "or DNS with DNSSEC, by this machine's resolver or SSHFP@127.0.0.1:PORT",
    )
    parser.add_argument("--pattern", help="names the authority vouches for; each host's own name where not given")
    parser.add_argument("--replace", metavar="SELECTOR", help="hosts that were built anew: their old keys end")
    parser.add_argument("--fingerprint", metavar="SHA256:…", help="the key that is expected; any other is refused")
    parser.add_argument("--reason", help="why, kept beside the old key and in actions.jsonl")
    confirming(parser)


def run(call: Call) -> int:
    """Connect, so that the question is asked; or take keys from elsewhere."""
    options = call.options
    if options.selector and options.replace:
        raise UsageError("name the hosts once: trust SELECTOR, or trust --replace SELECTOR")
    if options.source or options.replace or not options.selector:
        return asyncio.run(_in_bulk(call))
    if options.yes and not options.fingerprint:
        raise UsageError("--yes alone vouches for nothing; add --fingerprint SHA256:… as the host itself shows it")
    if options.fingerprint and not options.fingerprint.startswith("SHA256:"):
        raise UsageError(
            f"{options.fingerprint!r} is no fingerprint; it begins with SHA256:, see ssh-keygen -lf KEY.pub"
        )
    prompts = TrustPrompts(
        TtyPrompts(sys.stdin.isatty() and sys.stderr.isatty()), options.fingerprint or "", yes=options.yes
    )
    outcome = asyncio.run(_connect(call, prompts))
    hosts = tuple(_judged(host, prompts) for host in outcome.hosts)
    told(call, hosts, lambda _: ())
    return Refused.exit_code if prompts.mismatched or prompts.unasked else code_of(hosts)


async def _in_bulk(call: Call) -> int:
    """The plan, one confirmation, host by host."""
    options = call.options
    words = ["trust", *([options.selector] if options.selector else [])]
    flags = {"from": options.source, "replace": options.replace, "pattern": options.pattern}
    flags |= {"fingerprint": options.fingerprint, "reason": options.reason}
    words += [f"--{flag}={value}" for flag, value in flags.items() if value is not None]
    return await carried_out(call, words, lambda _: (), progress=False)


async def _connect(call: Call, prompts: "TrustPrompts") -> Outcome:
    async with engine_of(call, fleet_of(call), prompts=prompts) as engine:
        plan = await engine.ask(PlanQuery(words=("trust", call.options.selector)))
        assert isinstance(plan, Plan)
        if plan.refused:
            raise Refused(plan.refused)
        return await engine.do(Apply(plan=plan.id, confirm=plan.confirm))


@dataclass(slots=True)
class TrustPrompts:
    """The Prompts port for this verb; remembers what was said yes to."""

    tty: TtyPrompts
    expected: str
    yes: bool
    trusted: dict[str, str] = field(default_factory=dict[str, str])
    mismatched: list[str] = field(default_factory=list[str])
    unasked: list[str] = field(default_factory=list[str])

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        """The expected key, or a person's yes."""
        say(f"{host}: {key.split(' ', 1)[0]} {fingerprint}")
        if self.expected and fingerprint != self.expected:
            self.mismatched.append(host)
            say(f"{host}: this is not {self.expected}; not trusted")
            return False
        if not self.yes and not self.tty.present:
            self.unasked.append(host)
            say(f"{host}: nobody can be asked here; write --yes --fingerprint {fingerprint} once you have compared it")
            return False
        answer = self.yes or await self.tty.trust(host, key, fingerprint)
        if answer:
            self.trusted[host] = fingerprint
        return answer

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
        """Without a person each key is shown all the same, and none of them trusted."""
        return not self.tty.present or self.yes or await self.tty.one_by_one(hosts)

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:
        """As everywhere."""
        return await self.tty.secret(host, title, purpose)

    async def touch(self, host: str, title: str) -> None:
        """As everywhere."""
        await self.tty.touch(host, title)


def _judged(outcome: HostOutcome, prompts: TrustPrompts) -> HostOutcome:
    """A key that was vouched for is a success even where the login then failed: that is another question."""
    fingerprint = prompts.trusted.get(outcome.host)
    if fingerprint is None:
        words = outcome.words if outcome.ending != "ok" else "its key was trusted already"
        return HostOutcome(host=outcome.host, ending=outcome.ending, words=words)
    words = f"{fingerprint} is trusted now" + (f"; {outcome.words}" if outcome.ending != "ok" else "")
    return HostOutcome(host=outcome.host, ending="ok", words=words)
