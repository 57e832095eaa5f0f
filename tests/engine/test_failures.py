"""Every way of having no numbers, row by row: state, words and remedy."""

import pytest

from clawtui.engine.boundary.value import State
from clawtui.engine.chosen import Chosen
from clawtui.engine.failures import Meaning, first_of, of_link, of_source
from clawtui.engine.look import look_command
from clawtui.engine.reach import reach
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import Staleness, view
from clawtui.errors import AgentError, Deadline, FileFailed, HostKeyUnknown, LinkLost, Unreachable, WireError
from clawtui.fleet.host import AgentUse, Become, Host, Origin
from clawtui.places import Places
from tests.engine.doubles import SocketLink

PLACES = Places.of({"HOME": "/nonexistent"})
BARE = "uid 1000\nos Linux\ninit systemd\n"
WHERE = Origin("fleet.toml", 7)
ROWS = [
    # what the look shows, become, words, remedy
    (BARE, Become.NONE, "no agent runs here", "clawtui agent install a"),
    (BARE + "container 1\n", Become.NONE, "no agent runs here (a container)", "clawtui agent install a"),
    (
        "uid 1000\nos Linux\ninit none\ncontainer 1\n",
        Become.NONE,
        "no agent runs here (a container, no systemd)",
        "clawtui agent install a",
    ),
    (
        BARE + "installed /opt/clawtui/agent\n",
        Become.NONE,
        "its agent is installed and does not run",
        "clawtui agent install a",
    ),
    (
        "uid 1000\nos Linux\ninit none\ninstalled /home/ops/.local/share/clawtui-agent/m\n",
        Become.NONE,
        "its agent is installed and does not run: without systemd nothing starts it after a reboot",
        "clawtui agent install a",
    ),
    (
        BARE + "user /tmp/clawtui-agent-1000/agent.sock\n",
        Become.NONE,
        "there is an agent, but socket /tmp/clawtui-agent-1000/agent.sock: nobody listens there",
        "clawtui agent install a",
    ),
    (
        BARE + "pythonless 1\n",
        Become.NONE,
        "no agent runs here, and there is no Python for one",
        'install Python 3.9, or write agent = "none" for it in fleet.toml:7',
    ),
    (
        BARE + "noexec /home/ops\n",
        Become.NONE,
        "no agent runs here; the login's home /home/ops is mounted noexec, one would live in /var/tmp",
        "clawtui agent install a",
    ),
    (BARE + "noexec /home/ops\n", Become.SUDO, "no agent runs here", "clawtui agent install a"),
    ("uid 0\nos Linux\ninit systemd\nnoexec /root\n", Become.NONE, "no agent runs here", "clawtui agent install a"),
    (
        "uid 1000\nos FreeBSD\n",
        Become.NONE,
        "no agent runs here: it needs Linux, this is FreeBSD",
        "clawtui doctor a",
    ),
]


@pytest.mark.parametrize(("shown", "become", "words", "remedy"), ROWS, ids=range(len(ROWS)))
async def test_a_host_without_an_agent_says_why_and_what_to_do(
    shown: str, become: Become, words: str, remedy: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    host = Host("a", origin=WHERE, become=become)
    link = SocketLink(host, tmp_path_factory.mktemp("none") / "s", {look_command(): shown.encode()})
    with pytest.raises(AgentError) as caught:
        await reach(link, PLACES)
    standing = Standing(host, 0.0)
    meaning = of_source(caught.value, standing)
    assert (meaning.contact, meaning.words, meaning.remedy) == (Contact.NO_AGENT, words, remedy)
    standing.turn(meaning.contact, 1.0, meaning.words, meaning.remedy)
    row = view(standing, 2.0, 2.0, Staleness(), None)
    assert (row.state, row.why, row.remedy) == (State.NO_AGENT, words, remedy)


async def test_a_host_that_may_have_none_and_is_no_linux_has_no_numbers(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    host = Host("a", agent=AgentUse.NONE)
    shown = {look_command(): b"uid 0\nos OpenBSD\n"}
    with pytest.raises(AgentError, match="this is OpenBSD") as caught:
        await reach(SocketLink(host, tmp_path_factory.mktemp("none") / "s", shown), PLACES)
    assert caught.value.remedy == "clawtui doctor a"


@pytest.mark.parametrize(
    ("chosen", "words", "remedy"),
    [
        (Chosen(), "its agent is gone: x", "clawtui agent install a"),
        (Chosen("node-exporter", agentless=True), "node-exporter is gone: x", "clawtui doctor a"),
        (Chosen("its shell", agentless=True), "its shell is gone: x", "clawtui doctor a"),
        (Chosen(reads_only=True), "x", "have the agent started on a: this key may only read"),
    ],
)
def test_what_is_gone_has_the_name_of_what_it_was(chosen: Chosen, words: str, remedy: str) -> None:
    standing = Standing(Host("a"), 0.0, chosen=chosen, arrived=1.0)
    assert of_source(AgentError("a", "x"), standing) == Meaning(Contact.NO_AGENT, words, remedy)


@pytest.mark.parametrize(
    ("chosen", "words", "remedy"),
    [
        (Chosen(), "its agent cannot be understood: half a line", "clawtui agent upgrade a"),
        (Chosen("its shell", agentless=True), "its shell cannot be understood: half a line", "clawtui doctor a"),
    ],
)
def test_what_cannot_be_understood_is_upgraded_where_it_is_ours(chosen: Chosen, words: str, remedy: str) -> None:
    standing = Standing(Host("a"), 0.0, chosen=chosen)
    assert of_source(WireError("a: half a line"), standing) == Meaning(Contact.NO_AGENT, words, remedy)


def test_tries_are_counted_from_the_second_on() -> None:
    standing = Standing(Host("a"), 0.0)
    assert of_link(Unreachable("a", "no route"), standing).words == "no route"
    standing.tries = 2
    assert of_link(Unreachable("a", "no route"), standing).words == "no route, 3 tries"


def test_what_to_do_about_an_unknown_key_stands_once() -> None:
    words, then = "its key K is not known; compare it", "clawtui trust gate"
    behind = HostKeyUnknown("a", f"bastion gate: {words}, then: {then}")
    behind.behind = "gate"
    meaning = of_link(behind, Standing(Host("a"), 0.0))
    assert (meaning.words, meaning.remedy) == (f"behind gate: {words}", then)
    meaning = of_link(HostKeyUnknown("a", f"{words}, then: {then}"), Standing(Host("a"), 0.0))
    assert (meaning.words, meaning.remedy) == (words, then)


def test_a_file_that_failed_is_no_dead_host() -> None:
    assert of_link(FileFailed("a", "disk full"), Standing(Host("a"), 0.0)).contact is Contact.NO_AGENT


def test_a_lost_line_counts_before_what_it_broke() -> None:
    lost = LinkLost("a", "gone")
    group = ExceptionGroup("x", [Deadline("a", "late"), ExceptionGroup("y", [ValueError("z"), lost])])
    assert first_of(group) is lost
    assert isinstance(first_of(ExceptionGroup("x", [ValueError("z")])), ValueError)


@pytest.mark.parametrize(("period_s", "fresh_s", "stale_s"), [(1.0, 2.9, 3.0), (5.0, 14.9, 15.0)])
def test_silence_is_three_periods_of_the_source_whichever_it_is(
    period_s: float, fresh_s: float, stale_s: float
) -> None:
    from clawtui.metrics.figures import Figures, Telling, Who
    from clawtui.metrics.sample import Hello, Sample

    for age, state in ((fresh_s, State.OK), (stale_s, State.STALE)):
        standing = Standing(Host("a"), 0.0, chosen=Chosen(period_s=period_s))
        figures = Figures(100.0)
        figures.host("cpu.busy", 0.1)
        hello, sample = Telling(Who("x"), period_s).tell(figures)
        assert isinstance(hello, Hello)
        assert isinstance(sample, Sample)
        standing.greet(hello, ())
        standing.turn(Contact.LIVE, 0.0)
        standing.take(sample, 100.0 - age, 100.0 - age)
        assert view(standing, 100.0, 100.0, Staleness(), None).state is state
