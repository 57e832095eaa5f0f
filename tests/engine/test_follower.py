"""One host through everything that can happen to it, against an agent on a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui.engine.follower import Follower, Ground
from clawtui.engine.look import look_command
from clawtui.engine.standing import Contact
from clawtui.engine.view import Staleness, view
from clawtui.errors import Again, AuthFailed, HostKeyChanged, HostKeyUnknown, LinkError, OptionRefused, Unreachable
from clawtui.fleet.host import Host
from clawtui.fleet.options import SshOptions
from clawtui.places import Places
from tests.engine.doubles import GOOD, Lines, SocketLink, SpokenAgent, hello, until

USUAL = Staleness()
HOST = Host("a", services=())
RULES = load_rules(Places.of({"HOME": "/nonexistent"}))


class Watched:
    """A follower at work, and the row it makes."""

    def __init__(self, lines: Lines, staleness: Staleness) -> None:
        self.lines = lines
        self.loop = asyncio.get_running_loop()
        ground = Ground(
            lines,
            RULES,
            SshOptions(retry_first_s=0.01, retry_most_s=0.02),
            staleness,
            str,
            lambda _: None,
            mono=self.mono,
        )
        self.follower = Follower(HOST, ground)

    def mono(self) -> float:
        return self.loop.time()

    @property
    def row(self) -> HostView:
        return view(self.follower.standing, self.follower.ground.wall(), self.mono(), Staleness(), None)

    async def becomes(self, state: State, why: str = "") -> HostView:
        await until(lambda: self.row.state is state and why in self.row.why)
        return self.row


@asynccontextmanager
async def following(*outcomes: SocketLink | LinkError, staleness: Staleness = USUAL) -> AsyncIterator[Watched]:
    watched = Watched(Lines(*outcomes), staleness)
    task = asyncio.create_task(watched.follower.run())
    try:
        yield watched
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[SpokenAgent]:
    async with SpokenAgent(tmp_path / "s") as spoken:
        yield spoken


Said = Callable[[], bool]


def live(agent: SpokenAgent) -> Said:
    return lambda: {"live": {"every": 1}} in agent.asked


async def test_samples_make_a_row(agent: SpokenAgent) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        agent.sample()
        row = await watched.becomes(State.OK)
        assert row.metrics["cpu.busy"] == 0.4
        assert [(s.name, s.state, s.exact) for s in row.services] == [("bot", State.OK, True)]
        assert [(m.path, m.metrics) for m in row.mounts] == [("/", {"mount.used_ratio": 0.5})]
        assert row.fingerprint == "SHA256:x"
        assert row.spark_metric == "service:bot latency.p95"


async def test_a_breach_held_long_enough_is_critical_with_since_and_words(agent: SpokenAgent) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        for second in range(7):
            agent.sample([0.4, 412e6, 1.0, 0.812, 0.5], at=1000.0 + second)
        row = await watched.becomes(State.CRITICAL)
        assert row.why == "memory available 412 < 500 MB; p95 812 > 500 ms"
        assert row.breaches[0].since == pytest.approx(1000.0, abs=0.5)
        agent.sample(GOOD, at=1007.0)
        await watched.becomes(State.OK)


async def test_the_clock_of_the_host_is_measured_and_its_past_fills_the_spark(agent: SpokenAgent) -> None:
    agent.ahead_s, agent.past = 3600.0, [0.25] * 1800
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(lambda: watched.follower.standing.backfilled)
        agent.sample()
        row = await watched.becomes(State.OK)
        assert row.clock_offset == pytest.approx(3600.0, abs=0.5)
        assert row.metrics["clock.offset"] == row.clock_offset
        assert row.spark[30] == 0.25


async def test_no_agent_is_said_with_its_remedy_and_found_when_it_comes(tmp_path: Path) -> None:
    async with following(SocketLink(HOST, tmp_path / "s")) as watched:
        row = await watched.becomes(State.NO_AGENT)
        assert (row.why, row.remedy) == ("no agent runs here", "clawtui agent install a")
        async with SpokenAgent(tmp_path / "s") as agent:
            watched.follower.nudge()
            await until(live(agent))
            agent.sample()
            await watched.becomes(State.OK)


async def test_an_agent_that_ends_is_gone_and_another_thing_than_never_installed(agent: SpokenAgent) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        agent.sample()
        await watched.becomes(State.OK)
        await agent.die()
        row = await watched.becomes(State.NO_AGENT)
        assert row.why == "its agent is gone: no agent runs here"
        assert row.metrics == {}


async def test_an_agent_that_may_not_be_reached_is_another_thing_than_none(tmp_path: Path) -> None:
    link = SocketLink(HOST, tmp_path / "s", {look_command(): b"uid 1000\nsystem /run/clawtui-agent/agent.sock\n"})
    async with following(link) as watched:
        assert "there is an agent, but" in (await watched.becomes(State.NO_AGENT)).why


async def test_silence_is_stale_and_a_probe_says_whether_ssh_lives(agent: SpokenAgent) -> None:
    link = SocketLink(HOST, agent.path)
    async with following(link) as watched:
        await until(live(agent))
        agent.sample([0.4, 412e6, 1.0, 0.2, 0.5])
        await watched.becomes(State.OK)
        watched.follower.standing.arrived = watched.mono() - 41.0
        row = await watched.becomes(State.STALE)
        assert row.why == "no sample for 41s"
        assert row.metrics == {}
        assert row.services[0].state is State.STALE
        assert row.age_s == pytest.approx(41.0, abs=1.0)
        watched.follower.standing.silence = "agent silent, ssh ok"
        assert watched.row.why == "agent silent, ssh ok"
        agent.sample()
        assert (await watched.becomes(State.OK)).why == ""


@pytest.mark.parametrize(("mute", "words"), [(False, "agent silent, ssh ok"), (True, "ssh does not answer either")])
async def test_the_probe_runs_by_itself(agent: SpokenAgent, mute: bool, words: str) -> None:
    link = SocketLink(HOST, agent.path)
    link.mute = mute
    async with following(link, staleness=Staleness(0, 0.02)) as watched:
        await until(lambda: words in watched.follower.standing.silence)


async def test_a_lost_line_is_stale_at_once_and_comes_back(agent: SpokenAgent) -> None:
    first, second = SocketLink(HOST, agent.path), SocketLink(HOST, agent.path)
    async with following(first, Unreachable("a", "10.0.0.1: no route"), second) as watched:
        await until(live(agent))
        agent.sample()
        await watched.becomes(State.OK)
        agent.asked.clear()
        first.lose()
        agent.hang_up()
        await until(live(agent))
        agent.sample()
        await watched.becomes(State.OK)
        assert watched.lines.calls == 3


@pytest.mark.parametrize(
    ("failure", "state", "remedy"),
    [
        (Unreachable("a", "refuses the connection"), State.DOWN, "clawtui doctor a"),
        (HostKeyChanged("a", "KEY CHANGED"), State.REFUSED, "clawtui trust --replace a"),
        (HostKeyUnknown("a", "its key is not known"), State.UNKNOWN, "clawtui trust a"),
        (AuthFailed("a", "does not let you in"), State.REFUSED, "clawtui doctor a"),
        (OptionRefused("a", "KnownHostsCommand in config:12"), State.REFUSED, "clawtui doctor a"),
    ],
)
async def test_every_failure_to_connect_has_its_state_words_and_remedy(
    failure: LinkError, state: State, remedy: str
) -> None:
    async with following(failure) as watched:
        row = await watched.becomes(state)
        assert row.why.startswith(failure.reason)
        assert remedy in row.remedy


def behind(kind: type[LinkError], reason: str, again_s: float | None = 0.0) -> LinkError:
    failure = kind("a", f"bastion gate: {reason}")
    failure.behind, failure.again = "gate", Again(again_s)
    return failure


@pytest.mark.parametrize(
    ("failure", "state", "what"),
    [
        (behind(Unreachable, "no answer"), State.UNKNOWN, "lost"),
        (behind(AuthFailed, "does not let you in"), State.REFUSED, "refused"),
        (behind(HostKeyChanged, "KEY CHANGED"), State.REFUSED, "refused"),
        (behind(HostKeyUnknown, "its key is not known"), State.UNKNOWN, "not trusted yet"),
    ],
)
async def test_a_host_behind_a_failing_bastion_is_not_down_itself(failure: LinkError, state: State, what: str) -> None:
    async with following(failure) as watched:
        row = await watched.becomes(state)
        assert (row.via, row.behind) == ("gate", what)
        assert row.why == f"behind {failure.reason.removeprefix('bastion ')}"


async def test_a_denied_bastion_is_looked_for_slowly_and_a_nudge_asks_at_once(agent: SpokenAgent) -> None:
    link = SocketLink(HOST, agent.path)
    async with following(behind(AuthFailed, "does not let you in", None), link) as watched:
        await watched.becomes(State.REFUSED)
        assert watched.lines.calls == 1
        watched.follower.nudge()
        await until(live(agent))
        agent.sample()
        row = await watched.becomes(State.OK)
        assert (row.via, row.behind) == ("", "")
        assert watched.lines.asked == 1


async def test_tries_are_counted() -> None:
    async with following(Unreachable("a", "refuses the connection")) as watched:
        await watched.becomes(State.DOWN, "3 tries")


HOSTILE = [
    b"\x00\xff\xfe not json",
    b"[" * 200_000,
    b"{" * 1000,
    b"[1, NaN, 2]",
    b"[1, 1e999]",
    b'[1, "time"]',
    b"[]",
    b"[null, null]",
    b"[1, 1700000000.0]",
    b'{"hello": 3}',
    b'{"hello": {"protocol": 1}}',
    b'{"hello": {"protocol": 1, "host": 3, "clock": 1.0, "columns": []}}',
    b'{"pong": {"id": 1}}',
    b'{"range": {"id": 1, "tier": "1s", "step": 0, "from": 1, "columns": [["host", "x"]], "mean": [[1]]}}',
    b'{"event": {"at": "then"}}',
    b"",
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_line_costs_itself_only(agent: SpokenAgent, line: bytes) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        agent.say(line)
        agent.sample()
        row = await watched.becomes(State.OK)
        assert row.why == "" or row.why.startswith("a: ")


async def test_an_agent_that_talks_nonsense_only_is_given_up(agent: SpokenAgent) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        agent.say(*[b"nonsense \x1b[31m"] * 10)
        row = await watched.becomes(State.NO_AGENT, "cannot be understood")
        assert "\x1b" not in row.why


@pytest.mark.parametrize(("protocol", "words"), [(99, "upgrade clawtui here"), (0, "clawtui agent upgrade a")])
async def test_another_protocol_names_the_side_to_upgrade(tmp_path: Path, protocol: int, words: str) -> None:
    async with SpokenAgent(tmp_path / "s", greets=False) as agent, following(SocketLink(HOST, agent.path)) as watched:
        await until(lambda: bool(agent._writers))
        agent.say(hello(protocol=protocol, surprise=[1]))
        assert words in (await watched.becomes(State.NO_AGENT)).why


async def test_unknown_objects_and_fields_of_a_newer_agent_are_passed_over(agent: SpokenAgent) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        agent.say({"weather": {"rain": 1}}, hello(rev=2, moods=["good"]))
        agent.sample(rev=1)
        agent.sample(rev=2)
        assert (await watched.becomes(State.OK)).why == ""


async def test_names_from_a_host_are_harmless_before_any_screen_sees_them(agent: SpokenAgent) -> None:
    columns = [["mount:/\x1b]52;c;x\x07", "mount.used_ratio", "ratio", 5.0, "\x9b31m"]]
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        agent.say(hello(rev=2, columns=columns, agent="0\u202e1"))
        agent.sample([0.5], rev=2)
        row = await watched.becomes(State.OK)
        assert "\x1b" not in row.mounts[0].path
        assert row.agent == "0\N{REPLACEMENT CHARACTER}1"


async def test_new_columns_keep_the_verdicts_of_those_that_stay(agent: SpokenAgent) -> None:
    async with following(SocketLink(HOST, agent.path)) as watched:
        await until(live(agent))
        for second in range(7):
            agent.sample([0.4, 412e6, 1.0, 0.2, 0.5], at=1000.0 + second)
        await watched.becomes(State.CRITICAL)
        agent.say(hello(rev=2, columns=[["host", "memory.available", "bytes", 1.0, ""]]))
        agent.sample([412e6], rev=2, at=1007.0)
        await until(lambda: watched.row.services == () and watched.row.metrics != {})
        assert watched.row.state is State.CRITICAL
        assert watched.row.breaches[0].since == pytest.approx(1000.0, abs=0.5)


async def test_a_fault_of_ours_becomes_a_state_and_the_follower_lives_on(agent: SpokenAgent) -> None:
    class Broken(Lines):
        def facts(self, host: Host) -> dict[str, str]:
            if self.calls == 1:
                raise RuntimeError("a bug")
            return {}

    watched = Watched(Broken(SocketLink(HOST, agent.path)), Staleness())
    task = asyncio.create_task(watched.follower.run())
    await until(lambda: watched.follower.standing.contact is Contact.LIVE)
    agent.sample()
    await watched.becomes(State.OK)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
