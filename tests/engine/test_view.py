"""A host's row, state by state, with time as an argument."""

import json

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui.engine.look import Found, seen
from clawtui.engine.shell import shell_argv
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import Staleness, view
from clawtui.errors import OptionRefused
from clawtui.fleet.host import Fleet, Host
from clawtui.metrics.line import Heard
from clawtui.metrics.sample import Sample
from clawtui.metrics.wire import WireReader
from clawtui.places import Places
from tests.engine.doubles import GOOD, hello

RULES = load_rules(Places.of({"HOME": "/nonexistent"}))
PLACES = Places.of({"HOME": "/h", "XDG_CONFIG_HOME": "/h/c d"})


def standing(host: Host = Host("a"), **changes: object) -> Standing:  # noqa: B008 - frozen
    heard = WireReader("a").read(json.dumps(hello(**changes)).encode())
    assert isinstance(heard, Heard)
    found = Standing(host, 100.0)
    found.greet(heard.hello, RULES)
    found.turn(Contact.LIVE, 100.0)
    return found


def look(of: Standing, *, now: float = 200.0, mono: float = 50.0, before: HostView | None = None) -> HostView:
    return view(of, now, mono, Staleness(), before)


@pytest.mark.parametrize(("age", "state"), [(0.0, State.OK), (2.9, State.OK), (3.0, State.STALE), (400.0, State.STALE)])
def test_three_seconds_of_silence_are_stale(age: float, state: State) -> None:
    one = standing()
    one.take(Sample(199.0, tuple(GOOD)), 50.0 - age, 200.0 - age)
    row = look(one)
    assert row.state is state
    assert (row.metrics == {}) is (state is State.STALE)
    assert row.age_s == pytest.approx(age)
    if state is State.STALE:
        assert row.since == 200.0 - age


def test_no_sample_at_all_is_loading_then_stale() -> None:
    assert look(standing(), now=101.0).state is State.LOADING
    assert look(standing(), now=111.0).state is State.STALE
    assert look(standing(), now=111.0).why == "no sample yet"


def test_since_of_a_healthy_host_holds_still() -> None:
    one = standing()
    one.take(Sample(199.0, tuple(GOOD)), 50.0, 200.0)
    first = look(one, now=200.0)
    assert look(one, now=201.0, before=first).since == 200.0


@pytest.mark.parametrize(
    ("contact", "label", "state"),
    [
        (Contact.LIVE, "yes", State.DRAINED),
        (Contact.LIVE, "no", State.OK),
        (Contact.DOWN, "true", State.DOWN),
        (Contact.LOADING, "1", State.DRAINED),
    ],
)
def test_a_drained_host_says_so_unless_it_is_worse(contact: Contact, label: str, state: State) -> None:
    one = standing(Host("a", labels={"drained": label}))
    one.take(Sample(199.0, tuple(GOOD)), 50.0, 200.0)
    one.turn(contact, 200.0, "words")
    assert look(one).state is state


def test_a_host_behind_a_lost_bastion_is_not_seen_rather_than_down() -> None:
    one = standing(Host("a", jump=("gate",)))
    one.take(Sample(199.0, tuple(GOOD)), 50.0, 190.0)
    assert (look(one).via, look(one).behind) == ("gate", "")
    one.turn(Contact.DOWN, 200.0, "behind gate: no answer", behind="gate")
    row = look(one, mono=70.0)
    assert (row.state, row.behind, row.since, row.metrics) == (State.UNKNOWN, "lost", 190.0, {})
    one.turn(Contact.DOWN, 210.0, "no answer")
    assert (look(one).state, look(one).behind) == (State.DOWN, "")


def test_a_silent_host_keeps_its_breach_and_shows_no_number() -> None:
    one = standing()
    for second in range(7):
        one.take(Sample(100.0 + second, (0.4, 412e6, 1.0, 0.2, 0.5)), 40.0, 190.0)
    row = look(one)
    assert (row.state, row.metrics) == (State.STALE, {})
    assert row.why == "no sample for 10s; before: memory available 412 < 500 MB"
    assert row.breaches[0].rule == "memory-low"


def test_a_service_that_is_down_is_critical_and_named() -> None:
    one = standing()
    for second in range(7):
        one.take(Sample(100.0 + second, (0.4, 8e9, 0.0, None, 0.5)), 50.0, 200.0)
    row = look(one)
    assert (row.state, row.why, row.services[0].state) == (State.CRITICAL, "bot is down", State.DOWN)


def test_a_limit_between_two_edges_is_marked_interpolated() -> None:
    services = [{"name": "bot", "latency_is": "first token", "edges_ms": [100, 1000], "missing": ""}]
    one = standing(services=services)
    one.take(Sample(199.0, tuple(GOOD)), 50.0, 200.0)
    assert (look(one).services[0].exact, look(one).services[0].latency_is) == (False, "first token")


def test_a_probe_times_each_request_so_nothing_is_interpolated() -> None:
    one = standing(services=[{"name": "bot", "latency_is": "probe", "edges_ms": [], "missing": ""}])
    one.take(Sample(199.0, tuple(GOOD)), 50.0, 200.0)
    assert (look(one).services[0].exact, look(one).services[0].latency_is) == (True, "probe")


def test_the_spark_shows_the_breached_metric_else_response_time_else_cpu() -> None:
    one = standing()
    one.take(Sample(199.0, tuple(GOOD)), 50.0, 200.0)
    assert look(one).spark_metric == "service:bot latency.p95"
    for second in range(7):
        one.take(Sample(200.0 + second, (0.4, 412e6, 1.0, 0.2, 0.5)), 50.0, 200.0)
    row = look(one, now=206.0)
    assert row.spark_metric == "memory.available"
    assert len(row.spark) == 60
    assert row.spark[-1] is not None
    assert look(standing(columns=[["host", "cpu.busy", "ratio", 1.0, ""]])).spark_metric == "cpu.busy"


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (b"", Found(restricted=True)),
        (b"uid 0\nsystem /run/clawtui-agent/agent.sock\n", Found((), system=True, root=True)),
        (b"uid 5\nuser /run/user/5/clawtui-agent/agent.sock\nuser /tmp/x/agent.sock\nuser /tmp/x/agent.sock\n",
         Found(("/run/user/5/clawtui-agent/agent.sock", "/tmp/x/agent.sock"))),
        (b'{"hello":{"protocol":1}}\n', Found(restricted=True)),
        (b"motd \xff\nuid 5\nuser relative/agent.sock\n", Found()),
    ],
)  # fmt: skip
def test_a_look_around_tells_where_the_agent_listens(output: bytes, found: Found) -> None:
    assert seen(output) == found


def test_a_shell_goes_the_same_way_with_the_same_trust() -> None:
    hop = Host("hop", "10.0.0.1", user="j")
    far = Host("far", "10.1.0.9", port=2222, user="ops", jump=("hop",), identities=("/k e y",), host_key_alias="f")
    argv = shell_argv(Fleet("x", hosts=(hop, far)), far, PLACES)
    assert argv[:7] == ("ssh", "-p", "2222", "-l", "ops", "-i", "/k e y")
    assert argv[-3:] == ("-t", "--", "10.1.0.9")
    assert "StrictHostKeyChecking=yes" in argv
    assert "ForwardAgent=no" in argv
    assert 'UserKnownHostsFile="/h/c d/clawtui/known_hosts" "/h/.ssh/known_hosts" "/h/.ssh/known_hosts2"' in argv
    proxy = next(word for word in argv if word.startswith("ProxyCommand="))
    assert "-W '[10.1.0.9]:2222' -- 10.0.0.1" in proxy


@pytest.mark.parametrize("host", [Host("a", "-oProxyCommand=x"), Host("a", user="-x"), Host("a", refusal="PKCS11")])
def test_a_shell_is_refused_where_ssh_would_read_an_option_or_the_link_would_not_go(host: Host) -> None:
    with pytest.raises(OptionRefused):
        shell_argv(Fleet("x", hosts=(host,)), host, PLACES)
