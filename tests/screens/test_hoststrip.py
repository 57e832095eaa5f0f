"""The strip under the fleet: what it says of a number that has passed its limit, with and without the rule's patience."""

from msgspec.structs import replace

from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.hosts import Breach, HostView
from clawtui.engine.boundary.value import Severity, State
from clawtui_screens.hoststrip import strip_lines
from clawtui_screens.look import UNICODE

LIMITS = {
    "latency.p95": Limit(
        "latency-high", "latency.p95", 0.5, above=True, unit="s", severity=Severity.WARNING, hold_s=5.0
    ),
    "memory.available": Limit(
        "memory-low", "memory.available", 500e6, above=False, unit="bytes", severity=Severity.CRITICAL, hold_s=5.0
    ),
}
VIEW = HostView("web-1", State.OK, metrics={"latency.p95": 0.21, "memory.available": 900e6})


def vitals(view: HostView) -> str:
    lines = strip_lines(view, LIMITS, 100.0, UNICODE, width=120)
    return "".join(words for words, _ in lines[1])


def test_within_its_limit_it_is_ok() -> None:
    assert "p95 210 ms ok, limit 500" in vitals(VIEW)


def test_a_number_past_its_limit_is_never_called_ok_while_the_rule_waits() -> None:
    words = vitals(replace(VIEW, metrics={"latency.p95": 1.347, "memory.available": 400e6}))
    assert "p95 1,347 ms just over 500 ms" in words
    assert "mem 400 MB just under 500 MB" in words
    assert "ok" not in words


def test_a_breach_says_by_how_much_and_since_when() -> None:
    breach = Breach("latency-high", "latency.p95", 0.812, 0.5, True, "s", Severity.WARNING, since=60.0)
    view = replace(VIEW, metrics={"latency.p95": 0.812}, breaches=(breach,), state=State.WARNING)
    assert "p95 812 ms OVER 500 ms by 62 % for 40s" in vitals(view)
