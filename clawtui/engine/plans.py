"""Plans: shown first, confirmed, then carried out host by host with bounds, progress and a line in the log before and after."""

import asyncio
import hashlib
import logging
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol

import msgspec

from clawtui.clean import clean
from clawtui.engine.act import Act, ActAtOnce, ActHere, Draft
from clawtui.engine.boundary.plans import Apply, HostOutcome, Outcome, Plan, Progress
from clawtui.errors import ClawtuiError, Deadline, LinkError, LinkLost, UsageError
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.host import Fleet, Host, Kind
from clawtui.fleet.link import Link
from clawtui.fleet.prompts import Nobody
from clawtui.fleet.waves import beyond

LASTS_S = 900.0
# a plan older than this is looked at again before it is carried out
KEPT = 32


class Links(Protocol):
    """Connections for acts."""

    async def link(self, host: Host) -> Link:
        """The kept connection, made if needed."""
        ...

    async def drop(self, host: Host) -> None:
        """Hang up, so that the next login sees new groups."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """What plans need of the engine."""

    fleet: Fleet
    links: Links
    acts: Mapping[str, Act | ActHere | ActAtOnce]
    armed: Callable[[], bool]
    progress: Callable[[Progress], None]
    log: Callable[[Draft, str, str], str]
    # draft, command line, outcome; answers why it could not be written down
    touched: Callable[[str], None]
    # something changed on this host: look again
    wall: Callable[[], float]
    becoming: Becoming = field(default_factory=lambda: Becoming(Nobody()))
    # how root is reached; one for the engine's whole life, so that a password is asked for once


@dataclass(frozen=True, slots=True)
class _Kept:
    plan: Plan
    draft: Draft
    act: Act | ActHere | ActAtOnce
    made: float


class Plans:
    """Those that were shown and not carried out yet."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._kept: dict[str, _Kept] = {}
        self._numbers = count(1)

    async def make(self, words: tuple[str, ...]) -> Plan:
        """What these words would do; raises UsageError naming the word that is wrong."""
        frame, policy = self.frame, self.frame.fleet.policy
        act, rest = _act(frame.acts, words)
        draft = await act.draft(rest, frame.fleet)
        typed = policy.kind is Kind.PROD or policy.confirm
        plan = Plan(
            id=f"{next(self._numbers)}-{_digest(draft)}",
            title=f"{draft.title} in {frame.fleet.name} ({policy.kind.upper()})",
            hosts=tuple(host.name for host in draft.hosts),
            lines=draft.lines,
            reverts=draft.reverts,
            cli=f"clawtui {_spoken(words)}",
            confirm=_confirm(draft, frame.fleet.name, typed=typed),
            needs_arming=draft.guarded and draft.armed and policy.read_only,
            refused=draft.refused,
        )
        while len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[plan.id] = _Kept(plan, draft, act, frame.wall())
        return plan

    async def apply(self, intent: Apply) -> Outcome:
        """Carry out a plan that was shown, once."""
        kept = self._kept.get(intent.plan)
        if kept is None or self.frame.wall() - kept.made > LASTS_S:
            self._kept.pop(intent.plan, None)
            return _refusal("this plan was carried out already or is too old: look at it again")
        if refusal := self._refused(kept, intent.confirm):
            self.frame.log(kept.draft, kept.plan.cli, f"refused: {refusal}")
            return _refusal(refusal)
        del self._kept[intent.plan]
        return await self._carry_out(kept)

    def _refused(self, kept: _Kept, confirm: str) -> str:
        plan = kept.plan
        if plan.refused:
            return plan.refused
        if plan.needs_arming and not self.frame.armed():
            return f"context {self.frame.fleet.name} is read-only: arm first"
        if plan.confirm and " ".join(confirm.replace(":", " ").split()) != plan.confirm:
            return f"not confirmed: it takes {plan.confirm}"
        return ""

    async def _carry_out(self, kept: _Kept) -> Outcome:
        kept = replace(kept, draft=replace(kept.draft, becoming=self.frame.becoming))
        draft, cli = kept.draft, kept.plan.cli
        if unwritten := self.frame.log(draft, cli, "begun"):
            return _refusal(f"what is done must be written down, and that fails: {unwritten}")
        outcomes: dict[str, HostOutcome] = {}
        if isinstance(kept.act, ActAtOnce):
            return await self._at_once(kept, kept.act)
        try:
            await self._in_waves(kept, outcomes)
        except BaseException:
            self.frame.log(draft, cli, f"interrupted, unknown on the rest: {_counted(list(outcomes.values()))}")
            raise
        done = tuple(outcomes[host.name] for host in draft.hosts)
        if draft.reconnect:  # only now: a bastion's connection carries those of the hosts behind it
            for host in draft.hosts:
                if outcomes[host.name].ending == "ok":
                    await self.frame.links.drop(host)
                    self.frame.touched(host.name)
        words = _counted(done)
        self.frame.log(draft, cli, words)
        return Outcome(done=True, words=words, code=code(done), hosts=done)

    async def _at_once(self, kept: _Kept, act: ActAtOnce) -> Outcome:
        """One piece of work; a failure of it is said and written down like any outcome."""
        try:
            words, done = await act.carry_out_all(kept.draft)
        except ClawtuiError as failure:
            self.frame.log(kept.draft, kept.plan.cli, f"failed: {failure}")
            return Outcome(done=False, words=str(failure), code=failure.exit_code)
        self.frame.log(kept.draft, kept.plan.cli, words)
        return Outcome(done=True, words=words, code=code(done), hosts=done)

    async def _in_waves(self, kept: _Kept, outcomes: dict[str, HostOutcome]) -> None:
        """Wave by wave, each bounded; what comes after one that failed beyond the limit is named as not touched."""
        draft = kept.draft
        room = asyncio.Semaphore(max(1, draft.at_once))

        def tell(outcome: HostOutcome) -> None:
            outcomes[outcome.host] = outcome
            self.frame.progress(Progress(kept.plan.id, outcome))

        async def one(host: Host) -> None:
            async with room:
                outcome = await self._on(host, kept)
            tell(outcome)

        stopped = ""
        for wave in draft.waves or (draft.hosts,):
            if stopped:
                for host in wave:
                    tell(HostOutcome(host.name, "skipped", f"not touched: {stopped}"))
                continue
            async with asyncio.TaskGroup() as tasks:
                for host in wave:
                    tasks.create_task(one(host), name=f"{draft.verb} {host.name}")
            if draft.waves and draft.limit:
                stopped = beyond({host.name: outcomes[host.name].ending for host in wave}, draft.limit)

    async def _on(self, host: Host, kept: _Kept) -> HostOutcome:
        """One host; every failure is an outcome, and what may have happened is never called a failure."""
        link = None
        if not isinstance(kept.act, ActHere):
            try:
                link = await self.frame.links.link(host)
            except LinkError as failure:
                return HostOutcome(host.name, "unreached", failure.reason)
        try:
            outcome = await _outcome(kept, host, link)
        except (LinkLost, Deadline) as failure:
            return HostOutcome(host.name, "unknown", f"{failure.reason}; it may have happened")
        except LinkError as failure:
            return HostOutcome(host.name, "failed", failure.reason)
        except ClawtuiError as failure:
            return HostOutcome(host.name, "failed", str(failure))
        except Exception as fault:
            logging.getLogger("clawtui").exception("%s: %s failed", host.name, kept.draft.verb)
            words = f"clawtui's own fault: {type(fault).__name__}: {clean(str(fault), limit=200)}"
            return HostOutcome(host.name, "unknown", words)
        self.frame.touched(host.name)
        return outcome


async def _outcome(kept: _Kept, host: Host, link: Link | None) -> HostOutcome:
    if isinstance(kept.act, ActHere):
        return await kept.act.carry_out_here(kept.draft, host)
    assert link is not None
    assert not isinstance(kept.act, ActAtOnce)
    return await kept.act.carry_out(kept.draft, link)


def code(outcomes: tuple[HostOutcome, ...]) -> int:
    """0 all, 1 some failed or unreached, 2 none reached."""
    if outcomes and all(outcome.ending == "unreached" for outcome in outcomes):
        return 2
    return 0 if all(outcome.ending in ("ok", "skipped") for outcome in outcomes) else 1


def _act(
    acts: Mapping[str, Act | ActHere | ActAtOnce], words: tuple[str, ...]
) -> tuple[Act | ActHere | ActAtOnce, tuple[str, ...]]:
    for length in (2, 1):
        if len(words) >= length and (act := acts.get(" ".join(words[:length]))) is not None:
            return act, words[length:]
    if words[:2] in {("agent", "discover"), ("agent", "status")}:
        raise UsageError(f"{' '.join(words[:2])} only looks: type clawtui {' '.join(words)} in a shell")
    raise UsageError(f"{' '.join(words[:2]) or 'nothing'} is no acting verb; there are: {', '.join(sorted(acts))}")


def _confirm(draft: Draft, context: str, *, typed: bool) -> str:
    if not draft.guarded:
        return ""
    if not typed:
        return "y"
    return context if draft.sealed else f"{context} {len(draft.hosts)}"


def _digest(draft: Draft) -> str:
    """Of everything that will be done: the same plan has the same digest."""
    hosts = tuple((host.name, host.target, host.port, host.user) for host in draft.hosts)
    told = (draft.verb, hosts, draft.lines, draft.commands, sorted(draft.details.items()))
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:12]


def _spoken(words: tuple[str, ...]) -> str:
    """The words as a command line; after `--` they are one already."""
    if "--" not in words:
        return shlex.join(words)
    at = words.index("--")
    return f"{shlex.join(words[:at])} -- {' '.join(words[at + 1 :])}"


def _counted(outcomes: tuple[HostOutcome, ...] | list[HostOutcome]) -> str:
    counts = Counter(outcome.ending for outcome in outcomes)
    return ", ".join(f"{ending} {number}" for ending, number in counts.most_common()) or "no host"


def _refusal(words: str) -> Outcome:
    return Outcome(done=False, words=words, code=77)
