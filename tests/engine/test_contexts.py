"""Two contexts behind one boundary: recorded feeds, real files, and the screens' own questions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clawtui.engine import together
from clawtui.engine.boundary import Engine, Event
from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.contexts import (
    Candidate,
    Candidates,
    CandidatesQuery,
    ContextList,
    ContextsQuery,
    ContextView,
    FleetOffer,
    UseContext,
    WriteContext,
)
from clawtui.engine.boundary.forwards import ForwardPort, Forwards, ForwardView
from clawtui.engine.boundary.hosts import (
    FleetFrame,
    FleetQuery,
    HostDetail,
    HostQuery,
    HostView,
    Look,
    SampleFrame,
    Summary,
)
from clawtui.engine.boundary.plans import Apply, Arm, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.prompts import Prompt
from clawtui.engine.boundary.value import State
from clawtui.engine.catalogue import Files
from clawtui.engine.contexts import Contexts
from clawtui.engine.local import LocalEngine
from clawtui.engine.recorded import Heard, RecordedEngine
from clawtui.errors import ConfigError, Refused, UsageError
from clawtui.fleet.context import find_fleets
from clawtui.fleet.host import Fleet
from clawtui.places import Places
from clawtui.settings import Settings


def frame(context: str, kind: str, *hosts: HostView, read_only: bool = False) -> FleetFrame:
    counts = {str(state): sum(view.state is state for view in hosts) for state in {view.state for view in hosts}}
    bad = [view.name for view in hosts if view.state is State.DOWN]
    return FleetFrame(
        1000.0,
        Summary(context, kind, read_only, None, counts, f"{bad[0]} down since 03:10" if bad else "all well"),
        hosts,
        (),
        full=True,
    )


def recorded(context: str, kind: str, *hosts: HostView, read_only: bool = False) -> RecordedEngine:
    """What an engine of one context would say."""
    name = hosts[0].name
    confirm = f"{context} {len(hosts)}" if kind == "prod" else "y"
    plan = Plan("1-abc", f"RUN uptime in {context}", (name,), (), "", "clawtui run web* -- uptime", confirm, read_only)
    only = Plan("2-def", f"RUN id in {context}", (name,), (), "", f"clawtui run {name} -- id", confirm, read_only)
    return RecordedEngine.of(
        [
            Heard(0.0, "fleet", frame(context, kind, *hosts, read_only=read_only)),
            Heard(0.0, "prompts", Prompt("q1", "host-key", name, "Trust?", "text")),
            Heard(0.0, "forwards", Forwards((ForwardView("f1", name, 1, 2, 0.0),))),
            Heard(0.0, f"host:{name}", SampleFrame(name, 1000.0, {"cpu.busy": 0.5})),
        ],
        [
            (PlanQuery(("run", "web*", "--", "uptime")), plan),
            (PlanQuery(("run", name, "--", "id")), only),
            (HostQuery(name), HostDetail(hosts[0])),
        ],
        [
            (Apply("1-abc", confirm), Outcome(done=True, words="ok 1")),
            (ForwardPort(name, 80), Outcome(done=True, words="ok")),
        ],
    )


PROD = (HostView("web-1", State.DOWN, remedy="clawtui doctor web-1"), HostView("db-1", State.OK))


@dataclass
class Shelf:
    """A catalogue of recordings."""

    engines: dict[str, RecordedEngine] = field(
        default_factory=lambda: {
            "prod": recorded("prod", "prod", *PROD, read_only=True),
            "dev": recorded("dev", "dev", HostView("web-1", State.OK)),
        }
    )

    def names(self) -> tuple[str, ...]:
        return tuple(self.engines)

    def look(self, name: str) -> ContextView:
        return ContextView(name, name)

    def read(self, name: str) -> Fleet:
        if name not in self.engines:
            raise ConfigError(f"there is no context {name!r}")
        return Fleet(name)

    def engine(self, fleet: Fleet) -> Engine:
        return self.engines[fleet.name]

    def candidates(self) -> Candidates:
        return Candidates()

    def write(self, name: str, hosts: tuple[str, ...]) -> Path:
        raise ConfigError("nothing to write")

    def offer(self) -> FleetOffer | None:
        return None

    def accept(self, file: str, digest: str) -> None:
        raise ConfigError("nothing is offered")


@asynccontextmanager
async def shown(*names: str, shelf: Shelf | None = None) -> AsyncIterator[Contexts]:
    made = shelf or Shelf()
    async with Contexts(made, {name: made.read(name) for name in names}) as engine:
        yield engine


async def heard(engine: Engine, topic: str, claim: Callable[[Event], bool]) -> Event:
    async with asyncio.timeout(30):
        async for event in engine.subscribe(topic):
            if claim(event):
                return event
    raise AssertionError("the feed ended")


async def whole(engine: Engine, count: int) -> FleetFrame:
    """The list, once so many hosts are in it."""
    async with asyncio.timeout(30):
        while True:
            answer = await engine.ask(FleetQuery())
            assert isinstance(answer, FleetFrame)
            if len(answer.hosts) == count:
                return answer
            await asyncio.sleep(0.005)


async def test_two_contexts_stand_in_one_list_under_the_strictest_bar() -> None:
    async with shown("prod", "dev") as engine:
        answer = await whole(engine, 3)
        assert [(view.name, view.context) for view in answer.hosts] == [
            ("prod/web-1", "prod"),
            ("prod/db-1", "prod"),
            ("dev/web-1", "dev"),
        ]
        summary = answer.summary
        assert (summary.context, summary.kind, summary.read_only) == ("all", "prod", True)
        assert summary.contexts == {"prod": "prod", "dev": "dev"}
        assert summary.counts == {"down": 1, "ok": 2}
        assert summary.headline == "prod: web-1 down since 03:10; 1 well"
        assert answer.hosts[0].remedy == "clawtui doctor web-1 --context prod"


async def test_a_reader_that_comes_first_hears_of_both_by_qualified_names() -> None:
    async with shown("prod", "dev") as engine:
        seen: set[str] = set()

        def all_three(event: Event) -> bool:
            seen.update(view.name for view in event.hosts if isinstance(event, FleetFrame))  # type: ignore[union-attr]
            return len(seen) == 3

        await heard(engine, "fleet", all_three)
        assert seen == {"prod/web-1", "prod/db-1", "dev/web-1"}
        prompt = await heard(engine, "prompts", lambda event: getattr(event, "id", "") == "dev/q1")
        assert (getattr(prompt, "host", ""), getattr(prompt, "title", "")) == ("dev/web-1", "dev: Trust?")
        both = await heard(engine, "forwards", lambda event: isinstance(event, Forwards) and len(event.forwards) == 2)
        assert isinstance(both, Forwards)
        assert [one.host for one in both.forwards] == ["prod/web-1", "dev/web-1"]


async def test_samples_and_questions_go_to_the_context_of_the_host() -> None:
    shelf = Shelf()
    async with shown("prod", "dev", shelf=shelf) as engine:
        reader = engine.subscribe("host:dev/web-1")
        await engine.do(Look("dev/web-1"))
        async with asyncio.timeout(30):
            assert await anext(reader) == SampleFrame("dev/web-1", 1000.0, {"cpu.busy": 0.5})
        assert Look("web-1") in shelf.engines["dev"].done
        assert Look("web-1") not in shelf.engines["prod"].done
        detail = await engine.ask(HostQuery("prod/web-1"))
        assert isinstance(detail, HostDetail)
        assert (detail.view.name, detail.view.state) == ("prod/web-1", State.DOWN)
        await engine.do(Note("shell", ("prod/web-1",), "ssh"))
        assert Note("shell", ("web-1",), "ssh") in shelf.engines["prod"].done
        assert (await engine.do(ForwardPort("dev/web-1", 80))).done
        with pytest.raises(UsageError, match="write CONTEXT/HOST"):
            await engine.ask(HostQuery("web-1"))


async def test_an_act_names_its_context_and_asks_for_that_ones_confirmation() -> None:
    async with shown("prod", "dev") as engine:
        plan = await engine.ask(PlanQuery(("run", "prod/web*", "--", "uptime")))
        assert isinstance(plan, Plan)
        assert (plan.id, plan.confirm, plan.hosts, plan.needs_arming) == ("prod/1-abc", "prod 2", ("prod/web-1",), True)
        assert plan.cli == "clawtui --context prod run web* -- uptime"
        assert (await engine.do(Apply("prod/1-abc", "prod 2"))).words == "ok 1"


async def test_an_act_over_several_contexts_is_refused_in_one_sentence() -> None:
    async with shown("prod", "dev") as engine:
        with pytest.raises(Refused, match="mean hosts of prod 1, dev 1; write prod/"):
            await engine.ask(PlanQuery(("run", "web*", "--", "uptime")))
        with pytest.raises(Refused, match="name prod and dev"):
            await engine.ask(PlanQuery(("run", "prod/web-1,dev/web-1", "--", "uptime")))
        armed = await engine.do(Arm())
        assert (armed.done, armed.words) == (False, "arming is for one context: :ctx NAME first")


async def test_words_that_mean_hosts_of_one_context_only_need_no_prefix(tmp_path: Path) -> None:
    async with real(tmp_path) as engine:
        await engine.do(UseContext("all"))
        plan = await engine.ask(PlanQuery(("run", "db-*", "--", "true")))
        assert isinstance(plan, Plan)
        assert (plan.hosts, plan.confirm) == (("prod/db-1",), "prod 1")
        with pytest.raises(UsageError, match="no host"):
            await engine.ask(PlanQuery(("run", "nobody", "--", "true")))


async def test_another_context_takes_the_place_of_the_first_while_readers_stay() -> None:
    async with shown("prod") as engine:
        reader = engine.subscribe("fleet")
        async with asyncio.timeout(30):
            assert {view.name for view in (await first_hosts(reader)).hosts} == {"web-1", "db-1"}
            outcome = await engine.do(UseContext("dev"))
            assert (outcome.done, outcome.words) == (True, "context dev")
            later = await first_hosts(reader)
        assert (later.summary.context, later.full) == ("dev", True)
        assert [view.name for view in later.hosts] == ["web-1"]
        assert (await engine.do(UseContext("staging"))).words == "there is no context 'staging'"
        assert (await whole(engine, 1)).summary.context == "dev"
        assert await engine.ask(ContextsQuery()) == ContextList(
            (ContextView("prod", "prod"), ContextView("dev", "dev")), ("dev",)
        )


async def first_hosts(reader: AsyncIterator[Event]) -> FleetFrame:
    async for event in reader:
        if isinstance(event, FleetFrame) and event.hosts:
            return event
    raise AssertionError("the feed ended")


async def test_before_one_is_chosen_every_question_says_how_to_choose() -> None:
    async with shown() as engine:
        assert (await whole(engine, 0)).summary.context == ""
        with pytest.raises(ConfigError, match=":ctx NAME chooses one"):
            await engine.ask(HostQuery("web-1"))
        assert (await engine.do(Arm())).code == 78


# ---------------------------------------------------------------- real files


def write(places: Places, name: str, kind: str, *hosts: str) -> None:
    places.contexts.mkdir(parents=True, exist_ok=True)
    tables = "".join(f'\n[[host]]\nname = "{host}"\naddress = "127.0.0.1"\nport = 1\n' for host in hosts)
    (places.contexts / f"{name}.toml").write_text(f'version = 1\n[context]\nname = "{name}"\nkind = "{kind}"\n{tables}')


@asynccontextmanager
async def real(tmp_path: Path, *chosen: str, first: bool = False) -> AsyncIterator[Contexts]:
    places = Places.of({"HOME": str(tmp_path)})
    if not first:
        write(places, "prod", "prod", "web-1", "db-1")
        write(places, "dev", "dev", "web-1")
    files = Files(
        lambda: find_fleets(places, {}, fleet_flag=None, context_flag=None, folder=tmp_path),
        lambda fleet: LocalEngine(fleet, Settings(), (), places, follow=False),
        places,
        {"ANSIBLE_INVENTORY": "~/inventory"} if first else {},
    )
    async with Contexts(files, {name: files.read(name) for name in chosen}) as engine:
        yield engine


async def test_real_contexts_are_listed_with_kind_hosts_and_what_is_wrong(tmp_path: Path) -> None:
    async with real(tmp_path) as engine:
        (tmp_path / ".config/clawtui/contexts/odd.toml").write_text("version = 1\n[context]\nkind = 7\n")
        listed = await engine.ask(ContextsQuery())
        assert isinstance(listed, ContextList)
        assert [(c.name, c.kind, c.hosts, bool(c.problem)) for c in listed.contexts] == [
            ("dev", "dev", 1, False), ("odd", "", 0, True), ("prod", "prod", 2, False),
        ]  # fmt: skip
        outcome = await engine.do(UseContext("all"))
        assert outcome.done
        assert outcome.words.startswith("2 contexts: dev, prod; ")
        assert "odd.toml" in outcome.words
        assert len((await whole(engine, 3)).hosts) == 3


async def test_a_first_context_is_written_of_candidates_and_shown_at_once(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host web-1 web-2\n  HostName 10.0.0.1\n")
    (tmp_path / "inventory").write_text("db-1 ansible_host=10.0.0.9\n")
    async with real(tmp_path, first=True) as engine:
        known = await engine.ask(CandidatesQuery())
        assert isinstance(known, Candidates)
        assert known.hosts[-1] == Candidate("db-1", "10.0.0.9", "~/inventory:1")
        assert known.hosts[0] == Candidate("web-1", "10.0.0.1", "~/.ssh/config:2")
        outcome = await engine.do(WriteContext("mine", ("web-2",)))
        assert outcome.words == f"{tmp_path}/.config/clawtui/contexts/mine.toml: 1 host"
        assert (await engine.do(WriteContext("mine", ("web-2",)))).code == 77
        assert (await engine.do(WriteContext("../evil", ("web-2",)))).code == 78
        assert (await engine.do(UseContext("mine"))).done
        assert [view.name for view in (await whole(engine, 1)).hosts] == ["web-2"]


@pytest.mark.parametrize(
    ("words", "context", "plain"),
    [
        ("run prod/web* -- cat dev/x", "prod", "run web* -- cat dev/x"),
        ("run prod/a,!prod/b,c -- x", "prod", "run a,!b,c -- x"),
        ("run web* -- x", "", "run web* -- x"),
        ("agent install dev/web-1", "dev", "agent install web-1"),
        ("run other/web -- x", "", "run other/web -- x"),
    ],
)
def test_the_context_is_read_off_the_words_before_the_far_command(words: str, context: str, plain: str) -> None:
    assert together.addressed(words.split(), ("prod", "dev")) == (context, tuple(plain.split()))
