"""Plans: shown, confirmed, carried out once, within bounds, written down before and after."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clawtui.engine.act import Act, ActHere, Draft
from clawtui.engine.boundary.plans import Apply, HostOutcome, Outcome, Progress
from clawtui.engine.plans import LASTS_S, Frame, Plans
from clawtui.errors import Deadline, FileFailed, LinkLost, Unreachable, UsageError
from clawtui.fleet.host import Fleet, Host, Kind, Policy
from clawtui.fleet.link import Link
from tests.engine.doubles import SocketLink

PROD = Policy(Kind.PROD, read_only=True)
HOSTS = tuple(Host(name) for name in ("a", "b", "c"))


class Echo:
    """An act whose result on each host a test decides."""

    def __init__(self, on: Callable[[str], HostOutcome | Exception] | None = None, **changes: object) -> None:
        self.on = on or (lambda name: HostOutcome(name, "ok", status=0))
        self.changes = changes
        self.running = self.most = 0

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        if not words:
            raise UsageError("write echo SELECTOR")
        draft = Draft("echo", f"ECHO on {len(fleet.hosts)} hosts", fleet.hosts, commands=("echo",))
        return Draft(**{**{f: getattr(draft, f) for f in draft.__slots__}, **self.changes})  # type: ignore[arg-type]  # by name

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        outcome = self.on(link.host.name)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class Bench:
    """Plans with everything around them recorded."""

    act: Act | ActHere
    policy: Policy = PROD
    unreachable: tuple[str, ...] = ()
    unwritten: str = ""
    armed: bool = True
    now: float = 1000.0
    hosts: tuple[Host, ...] = HOSTS
    log: list[str] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)

    def plans(self) -> Plans:
        def write(draft: Draft, cli: str, outcome: str) -> str:
            self.log.append(f"{draft.verb}: {outcome}")
            return self.unwritten

        return Plans(
            Frame(
                fleet=Fleet("eu", self.policy, self.hosts),
                links=self,
                acts={"echo": self.act, "echo twice": self.act},
                armed=lambda: self.armed,
                progress=self.progress.append,
                log=write,
                touched=self.touched.append,
                wall=lambda: self.now,
            )
        )

    async def link(self, host: Host) -> Link:
        if host.name in self.unreachable:
            raise Unreachable(host.name, "no route")
        return SocketLink(host, Path("/nonexistent"))

    async def drop(self, host: Host) -> None:
        self.dropped.append(host.name)

    async def carry_out(self, confirm: str = "eu 3") -> Outcome:
        plans = self.plans()
        plan = await plans.make(("echo", "*"))
        return await plans.apply(Apply(plan.id, confirm))


async def test_the_plan_says_what_must_be_typed_where_and_by_which_command_line() -> None:
    plan = await Bench(Echo()).plans().make(("echo", "web*", "--", "cat", "a b"))
    assert plan.title == "ECHO on 3 hosts in eu (PROD)"
    assert plan.confirm == "eu 3"
    assert plan.needs_arming
    assert plan.cli == "clawtui echo 'web*' -- cat a b"


@pytest.mark.parametrize(
    ("policy", "confirm", "arming"),
    [
        (Policy(Kind.PROD, read_only=False, confirm=False), "eu 3", False),
        (Policy(Kind.STAGING, read_only=True, confirm=True), "eu 3", True),
        (Policy(Kind.DEV, read_only=False, confirm=False), "y", False),
    ],
)
async def test_strictness_follows_the_policy_and_prod_always_types(policy: Policy, confirm: str, arming: bool) -> None:
    plan = await Bench(Echo(), policy).plans().make(("echo", "*"))
    assert (plan.confirm, plan.needs_arming) == (confirm, arming)


async def test_confirmed_and_armed_it_is_done_on_all_and_written_down_twice() -> None:
    bench = Bench(Echo())
    outcome = await bench.carry_out("eu:3")
    assert (outcome.done, outcome.code, [h.ending for h in outcome.hosts]) == (True, 0, ["ok", "ok", "ok"])
    assert bench.log == ["echo: begun", "echo: ok 3"]
    assert sorted(p.outcome.host for p in bench.progress) == ["a", "b", "c"]
    assert sorted(bench.touched) == ["a", "b", "c"]


@pytest.mark.parametrize("confirm", ["", "y", "eu", "eu 2", "EU 3", "prod 3", "eu 3 3"])
async def test_a_wrong_confirmation_does_nothing_and_is_written_down(confirm: str) -> None:
    bench = Bench(Echo())
    outcome = await bench.carry_out(confirm)
    assert (outcome.done, outcome.code) == (False, 77)
    assert "eu 3" in outcome.words
    assert bench.log == ["echo: refused: not confirmed: it takes eu 3"]
    assert bench.act.most == 0


async def test_not_armed_is_refused() -> None:
    outcome = await Bench(Echo(), armed=False).carry_out()
    assert (outcome.done, outcome.code) == (False, 77)
    assert "read-only" in outcome.words


async def test_a_plan_is_carried_out_once_and_not_when_it_is_old_or_unknown() -> None:
    bench = Bench(Echo())
    plans = bench.plans()
    plan = await plans.make(("echo", "*"))
    assert (await plans.apply(Apply(plan.id, "eu 3"))).done
    assert (await plans.apply(Apply(plan.id, "eu 3"))).code == 77
    old = await plans.make(("echo", "*"))
    bench.now += LASTS_S + 1
    assert (await plans.apply(Apply(old.id, "eu 3"))).code == 77
    assert (await plans.apply(Apply("nonsense", "eu 3"))).code == 77


async def test_a_refused_draft_stays_refused_however_it_is_confirmed() -> None:
    assert (await Bench(Echo(refused="host b is in a rollout")).carry_out()).words == "host b is in a rollout"


async def test_an_unguarded_act_needs_neither_arming_nor_typing() -> None:
    assert (await Bench(Echo(guarded=False), armed=False).carry_out("")).done


async def test_what_cannot_be_written_down_is_not_done() -> None:
    bench = Bench(Echo(), unwritten="disk full")
    outcome = await bench.carry_out()
    assert (outcome.done, outcome.code) == (False, 77)
    assert bench.act.most == 0


@pytest.mark.parametrize(
    ("failure", "ending"),
    [
        (LinkLost("b", "cut"), "unknown"),
        (Deadline("b", "too late"), "unknown"),
        (FileFailed("b", "disk full"), "failed"),
        (UsageError("nonsense"), "failed"),
        (RuntimeError("a bug of ours"), "unknown"),
        (HostOutcome("b", "failed", "exit status 1", 1), "failed"),
        (HostOutcome("b", "killed", "KILL"), "killed"),
    ],
)
async def test_one_host_that_fails_is_an_outcome_and_the_others_go_on(
    failure: HostOutcome | Exception, ending: str
) -> None:
    outcome = await Bench(Echo(lambda name: failure if name == "b" else HostOutcome(name, "ok"))).carry_out()
    assert [h.ending for h in outcome.hosts] == ["ok", ending, "ok"]
    assert outcome.code == 1


@pytest.mark.parametrize(("unreachable", "code"), [(("a",), 1), (("a", "b", "c"), 2)])
async def test_codes_tell_some_from_none_reached(unreachable: tuple[str, ...], code: int) -> None:
    outcome = await Bench(Echo(), unreachable=unreachable).carry_out()
    assert outcome.code == code
    assert outcome.hosts[0] == HostOutcome("a", "unreached", "no route")


async def test_no_more_hosts_at_once_than_the_act_allows() -> None:
    bench = Bench(Echo(at_once=2), hosts=tuple(Host(f"h{n}") for n in range(20)))
    assert (await bench.carry_out("eu 20")).code == 0
    assert bench.act.most == 2


async def test_an_act_that_changes_logins_drops_the_connection() -> None:
    bench = Bench(Echo(lambda name: HostOutcome(name, "ok" if name == "a" else "failed"), reconnect=True))
    await bench.carry_out()
    assert bench.dropped == ["a"]


async def test_connections_are_dropped_when_all_hosts_are_done_as_one_may_carry_the_others() -> None:
    dropped_by_then: list[list[str]] = []

    def on(name: str) -> HostOutcome:
        dropped_by_then.append(list(bench.dropped))
        return HostOutcome(name, "ok")

    bench = Bench(Echo(on, reconnect=True, at_once=1))
    await bench.carry_out()
    assert dropped_by_then == [[], [], []]
    assert bench.dropped == ["a", "b", "c"]


async def test_an_act_on_our_own_files_needs_no_login() -> None:
    class Here:
        async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
            return Draft("here", "HERE", fleet.hosts)

        async def carry_out_here(self, draft: Draft, host: Host) -> HostOutcome:
            return HostOutcome(host.name, "ok")

    bench = Bench(Here(), unreachable=("a", "b", "c"))
    assert (await bench.carry_out()).code == 0
    assert bench.touched == ["a", "b", "c"]


async def test_interrupted_halfway_it_is_written_down_as_unknown() -> None:
    begun = asyncio.Event()

    class Slow(Echo):
        async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

    bench = Bench(Slow())
    task = asyncio.create_task(bench.carry_out())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.log[-1].startswith("echo: interrupted, unknown on the rest")


async def test_the_same_plan_has_the_same_digest_and_another_has_not() -> None:
    plans = Bench(Echo()).plans()
    first, second = await plans.make(("echo", "*")), await plans.make(("echo", "*"))
    other = await Bench(Echo(), hosts=HOSTS[:2]).plans().make(("echo", "*"))
    assert first.id.split("-")[1] == second.id.split("-")[1] != other.id.split("-")[1]
    assert first.id != second.id


async def test_words_that_are_no_act_name_those_that_are() -> None:
    with pytest.raises(UsageError, match="agent discover only looks: type clawtui agent discover a in a shell"):
        await Bench(Echo()).plans().make(("agent", "discover", "a"))
    with pytest.raises(UsageError, match="there are: echo, echo twice"):
        await Bench(Echo()).plans().make(("delete", "everything"))
    assert (await Bench(Echo()).plans().make(("echo", "twice", "x"))).cli == "clawtui echo twice x"


async def test_a_wave_that_fails_beyond_the_limit_leaves_the_rest_untouched_and_named() -> None:
    def fails_on_b(name: str) -> HostOutcome:
        return HostOutcome(name, "failed" if name == "b" else "ok")

    act = Echo(fails_on_b, waves=tuple((host,) for host in HOSTS), limit="0")
    bench = Bench(act)
    outcome = await bench.carry_out("eu 3")
    assert [(h.host, h.ending) for h in outcome.hosts] == [("a", "ok"), ("b", "failed"), ("c", "skipped")]
    assert outcome.hosts[2].words == "not touched: b failed, 0 of 1 in this wave may"
    assert outcome.code == 1
    assert bench.touched == ["a", "b"]
    assert [p.outcome.host for p in bench.progress] == ["a", "b", "c"]
    assert act.most == 1


async def test_a_first_wave_that_cannot_be_reached_proves_nothing() -> None:
    bench = Bench(Echo(waves=(HOSTS[:1], HOSTS[1:]), limit="100%"), unreachable=("a",))
    outcome = await bench.carry_out("eu 3")
    assert [h.ending for h in outcome.hosts] == ["unreached", "skipped", "skipped"]


async def test_waves_without_a_failure_reach_everybody_one_after_the_other() -> None:
    act = Echo(waves=(HOSTS[:1], HOSTS[1:]))
    outcome = await Bench(act).carry_out("eu 3")
    assert [h.ending for h in outcome.hosts] == ["ok"] * 3
    assert act.most == 2
