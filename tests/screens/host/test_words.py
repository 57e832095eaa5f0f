"""The first line of the host screen, and what a host offers to its charts."""

from dataclasses import replace as with_
from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.hosts import Breach, ColumnView, DeviceView, HostView, MountView, ServiceView
from clawtui.engine.boundary.value import Severity, State
from clawtui.errors import UsageError
from clawtui_screens.host_metrics import Offer, label, leading, limit_of, offers, unit_of, verdict
from clawtui_screens.host_words import at_moment, sentence
from clawtui_screens.look import ASCII, UNICODE
from clawtui_screens.moment import parse

NOW = datetime(2026, 11, 22, 3, 14, 10, tzinfo=UTC).timestamp()
LIMITS = (
    Limit("cpu-high", "cpu.busy", 0.85, True, "ratio", Severity.WARNING, 5.0),
    Limit("cpu-sustained", "cpu.busy", 0.80, True, "ratio", Severity.CRITICAL, 300.0),
    Limit("memory-low", "memory.available", 500e6, False, "bytes", Severity.CRITICAL, 5.0),
    Limit("latency-high", "latency.p95", 0.5, True, "s", Severity.WARNING, 5.0),
)
SERVICE = ServiceView("bot", State.OK, {"latency.p95": 0.21, "errors.ratio": 0.002})
WELL = HostView(
    "gpu-03", State.OK, metrics={"cpu.busy": 0.45, "memory.available": 6.9e9}, services=(SERVICE,), age_s=0.4
)
SLOW = Breach("latency-high", "service:bot latency.p95", 0.812, 0.5, True, "s", Severity.WARNING, NOW - 250, 5.0)
ILL = replace(
    WELL,
    state=State.WARNING,
    breaches=(SLOW,),
    services=(replace(SERVICE, metrics={"latency.p95": 0.812, "errors.ratio": 0.002}),),
)


def say(view: HostView | None, age_s: float | None = 0.4) -> str:
    found = offers(view, (), LIMITS) if view else ()
    return sentence("gpu-03", view, found, NOW, age_s)


def test_a_breach_says_value_limit_and_since_when_and_what_is_fine() -> None:
    assert say(ILL) == "p95 812 ms, limit 500 ms: over for 4m10. cpu and mem available fine."


def test_a_limit_from_below_says_under() -> None:
    low = Breach("memory-low", "memory.available", 412e6, 500e6, False, "bytes", Severity.CRITICAL, NOW - 60)
    view = replace(WELL, state=State.CRITICAL, breaches=(low,), metrics={"cpu.busy": 0.4, "memory.available": 412e6})
    assert say(view).startswith("mem available 412 MB, limit 500 MB: under for 1m00.")


def test_a_host_that_is_well_says_its_four_figures() -> None:
    assert say(WELL) == "All within limits: p95 210 ms, cpu 45 %, mem available 6.9 GB, errors 0.2 %."


def test_a_value_that_just_crossed_is_neither_well_nor_broken() -> None:
    view = replace(WELL, metrics={"cpu.busy": 0.91, "memory.available": 6.9e9})
    assert say(view) == "cpu 91 % just crossed the limit; the rule wants it held."


@pytest.mark.parametrize(
    ("view", "age_s", "words"),
    [
        (replace(WELL, state=State.LOADING, age_s=None), None, "Waiting for its first sample."),
        (
            replace(
                WELL, state=State.DOWN, why="ssh refused, 3 tries", remedy="clawtui doctor gpu-03", since=NOW - 364
            ),
            364.0,
            "Down for 6m04: ssh refused, 3 tries. Try: clawtui doctor gpu-03",
        ),
        (
            replace(WELL, state=State.STALE, why="agent silent, ssh ok"),
            41.0,
            "No sample for 41s: agent silent, ssh ok.",
        ),
        (WELL, 9.0, "No sample for 9s."),
        (
            replace(WELL, state=State.NO_AGENT, why="no agent answers", remedy="clawtui agent install gpu-03"),
            None,
            "No agent: no agent answers. Try: clawtui agent install gpu-03",
        ),
        (
            replace(WELL, state=State.REFUSED, why="host key changed: SHA256:x", since=NOW - 41),
            None,
            "Refused for 41s: host key changed: SHA256:x.",
        ),
        (None, None, "gpu-03 is not in this fleet any more."),
        (replace(WELL, metrics={}, services=()), 0.4, "No values yet."),
    ],
    ids=["loading", "down", "stale", "silent although ok", "no agent", "refused", "gone", "empty"],
)
def test_a_silent_host_says_why_and_shows_no_number(view: HostView | None, age_s: float | None, words: str) -> None:
    assert say(view, age_s) == words


def test_words_of_hosts_are_cleaned() -> None:
    said = say(replace(WELL, state=State.DOWN, why="\x1b]52;c;QUJD\x07 [/red] \u202egnp"))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[/red]" in said


def test_at_a_moment_the_figures_of_then_are_said() -> None:
    found = offers(ILL, (), LIMITS)
    then = {"service:bot latency.p95": 0.64, "cpu.busy": 0.71}
    assert at_moment(found, then.get, "03:08:10", 360) == "At 03:08:10, 6m00 ago: p95 640 ms OVER 500 ms, cpu 71 %."
    assert at_moment(found, lambda m: None, "03:08:10", 360).endswith("nothing is recorded.")


def test_the_worst_comes_first_then_the_usual_four() -> None:
    low = Breach("memory-low", "memory.available", 412e6, 500e6, False, "bytes", Severity.CRITICAL, NOW - 60)
    found = offers(replace(ILL, breaches=(low, SLOW)), (), LIMITS)
    assert [o.metric for o in found][:3] == ["memory.available", "service:bot latency.p95", "cpu.busy"]
    assert leading(found, 4) == ["memory.available", "service:bot latency.p95", "cpu.busy", "service:bot errors.ratio"]


def test_of_two_services_the_one_under_more_strain_is_charted() -> None:
    view = replace(WELL, services=(SERVICE, ServiceView("slow", State.OK, {"latency.p95": 0.4})))
    found = offers(view, (), LIMITS)
    assert leading(found, 1) == ["service:slow latency.p95"]
    assert label("service:slow latency.p95", view) == "slow p95"


def test_columns_without_a_value_are_offered_with_their_reason_and_buckets_are_not() -> None:
    columns = (
        ColumnView("net.retransmits", "1/s", 5.0, "no permission"),
        ColumnView("service:bot latency.le.500", "1/s", 5.0),
    )
    found = {o.metric: o for o in offers(WELL, columns, LIMITS)}
    assert found["net.retransmits"].missing == "no permission"
    assert "service:bot latency.le.500" not in found


def test_the_rule_that_strikes_first_is_drawn_unless_another_is_broken() -> None:
    limit = limit_of("cpu.busy", WELL, LIMITS)
    assert limit is not None
    assert limit.rule == "cpu-high"
    held = Breach("cpu-sustained", "cpu.busy", 0.82, 0.8, True, "ratio", Severity.CRITICAL, NOW - 400, 300)
    broken = limit_of("cpu.busy", replace(WELL, breaches=(held,)), LIMITS)
    assert broken is not None
    assert broken.rule == "cpu-sustained"


def test_labels_name_devices_mounts_and_what_latency_means() -> None:
    view = replace(
        WELL,
        services=(replace(SERVICE, latency_is="first token"),),
        devices=(DeviceView("gpu0"),),
        mounts=(MountView("/var"),),
    )
    assert label("service:bot latency.p95", view) == "ttft"
    assert label("device:gpu0 gpu.busy", view) == "gpu0 busy"
    assert label("mount:/var mount.free", view) == "/var free"
    assert label("mount:/a\x1b[31m b mount.free", view).startswith("/a\N{REPLACEMENT CHARACTER}[31m b")


def test_the_verdict_is_readable_without_colour_and_without_glyphs() -> None:
    over = Offer("x", "p95", "s", 0.812, LIMITS[3], SLOW)
    assert verdict(over, NOW, UNICODE) == "▲ OVER limit 500 ms for 4m10"
    assert verdict(over, NOW, ASCII) == "OVER limit 500 ms for 4m10"
    assert verdict(with_(over, value=0.2, breach=None), NOW, UNICODE) == "● limit 500 ms"
    assert verdict(with_(over, exact=False), NOW, UNICODE).endswith("(interpolated)")
    under = Offer("x", "mem", "bytes", 4e8, LIMITS[2])
    assert verdict(under, NOW, UNICODE) == "▼ UNDER limit 500 MB"
    assert verdict(Offer("x", "rps", "1/s", 4.0), NOW, UNICODE) == ""


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("cpu.busy", "ratio"),
        ("memory.available", "bytes"),
        ("service:bot latency.p95", "s"),
        ("net.rx", "bytes/s"),
        ("load.1m", "count"),
    ],
)
def test_units_are_known_before_the_columns_are(metric: str, unit: str) -> None:
    assert unit_of(metric) == unit


@pytest.mark.parametrize(
    ("typed", "back_s"),
    [
        ("03:08", 370),
        ("03:08:10", 360),
        ("-6m", 360),
        ("\u22126m", 360),
        ("-1h30m", 5400),
        ("6m ago", 360),
        ("2026-11-22 03:08:10", 360),
        ("2026-11-22T03:08:10Z", 360),
        ("yesterday 03:14:10", 86_400),
        ("23:14:10", 4 * 3600),
        ("  -10s ", 10),
    ],
)
def test_a_moment_is_read_as_people_type_it(typed: str, back_s: float) -> None:
    assert parse(typed, NOW, UTC) == NOW - back_s


def test_a_time_of_day_is_of_the_operators_zone() -> None:
    assert parse("04:08:10", NOW, timezone(timedelta(hours=1))) == NOW - 360


@pytest.mark.parametrize("typed", ["now", "live", "", "  "])
def test_now_is_live(typed: str) -> None:
    assert parse(typed, NOW, UTC) is None


@pytest.mark.parametrize("typed", ["25:00", "tomorrow", "-6", "03", "2026-13-01 03:00", "2027-01-01 03:00", "x" * 500])
def test_what_is_no_moment_is_refused_with_what_is_allowed(typed: str) -> None:
    with pytest.raises(UsageError):
        parse(typed, NOW, UTC)
