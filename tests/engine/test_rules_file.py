"""Rules are read strictly: what ships is the mission's, what is wrong is named, units are what people write."""

from pathlib import Path

import pytest

from clawtui.alerts.rule import Bound, Severity
from clawtui.alerts.rules_file import load_rules, parse_rules
from clawtui.errors import ConfigError
from clawtui.fleet.tables import Document
from clawtui.metrics.names import METRICS, OVERVIEW, metric
from clawtui.places import Places

GOOD = '[rule.x]\nwhen = "{when}"\nclear = "{clear}"\nfor = "5s"\nseverity = "warning"\n'


def places(root: Path) -> Places:
    return Places(root, root / "user", root / "state", root / "run", root / "cache", root / "etc")


def read(text: str) -> None:
    parse_rules(Document.parse(text, "rules.toml"))


def test_the_thresholds_that_ship_are_the_missions(tmp_path: Path) -> None:
    rules = {rule.name: rule for rule in load_rules(places(tmp_path))}
    told = {name: (rule.when, rule.hold_s, rule.severity) for name, rule in rules.items()}
    assert told["cpu-high"] == (Bound("cpu.busy", True, 0.85), 5.0, Severity.WARNING)
    assert told["cpu-sustained"] == (Bound("cpu.busy", True, 0.80), 300.0, Severity.CRITICAL)
    assert told["memory-low"] == (Bound("memory.available", False, 500e6), 5.0, Severity.CRITICAL)
    assert told["latency-high"] == (Bound("latency.p95", True, 0.5), 5.0, Severity.WARNING)
    assert told["errors-high"] == (Bound("errors.ratio", True, 0.05), 5.0, Severity.CRITICAL)
    assert rules["errors-high"].enough == Bound("requests.rate", True, 0.2)
    assert told["service-down"] == (Bound("up", False, 0.5), 5.0, Severity.CRITICAL)


def test_a_later_file_replaces_a_rule_of_the_same_name_whole(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "user").mkdir()
    (tmp_path / "etc/rules.toml").write_text(
        '[rule.cpu-high]\nwhen = "cpu.busy > 50%"\nclear = "cpu.busy < 40%"\nseverity = "critical"\n'
    )
    (tmp_path / "user/rules.toml").write_text(GOOD.format(when="load.1m > 8", clear="load.1m < 6"))
    rules = {rule.name: rule for rule in load_rules(places(tmp_path))}
    assert (rules["cpu-high"].when.limit, rules["cpu-high"].hold_s) == (0.5, 0.0)
    assert rules["cpu-high"].origin == f"{tmp_path}/etc/rules.toml:1"
    assert rules["x"].when == Bound("load.1m", True, 8.0)
    assert "memory-low" in rules


@pytest.mark.parametrize(
    ("when", "clear", "limit"),
    [
        ("cpu.busy > 85%", "cpu.busy < 75%", 0.85),
        ("cpu.busy>0.85", "cpu.busy<0.75", 0.85),
        ("latency.p95 > 500ms", "latency.p95 < 0.4s", 0.5),
        ("latency.p95 > 1m", "latency.p95 < 30s", 60.0),
        ("memory.available < 500MB", "memory.available > 1GiB", 500e6),
        ("memory.available < 1GiB", "memory.available > 2GiB", 2.0**30),
        ("net.rx > 10MB/s", "net.rx < 8MB/s", 10e6),
        ("requests.rate > 100/s", "requests.rate < 90", 100.0),
        ("gpu.power > 300W", "gpu.power < 280W", 300.0),
        ("gpu.temperature > 85", "gpu.temperature < 80", 85.0),
    ],
)
def test_limits_are_written_as_people_write_them(when: str, clear: str, limit: float) -> None:
    rules = parse_rules(Document.parse(GOOD.format(when=when, clear=clear), "rules.toml"))
    assert rules["x"].when.limit == limit


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.format(when="cpu.bussy > 85%", clear="cpu.busy < 75%"), "rules.toml:2: rule.x.when: no metric is called"),
        (GOOD.format(when="cpu.bussy > 85%", clear="cpu.busy < 75%"), "did you mean cpu.busy"),
        (GOOD.format(when="cpu.busy > 85MB", clear="cpu.busy < 75%"), "units %"),
        (GOOD.format(when="cpu.busy > -5%", clear="cpu.busy < 75%"), "units %"),
        (GOOD.format(when="latency.p95 > 500", clear="latency.p95 < 450ms"), "units ms s m h"),
        (GOOD.format(when="gpu.temperature > 85C", clear="gpu.temperature < 80"), "without a unit"),
        (GOOD.format(when="cpu.busy >= 85%", clear="cpu.busy < 75%"), "must be METRIC > LIMIT"),
        (GOOD.format(when="cpu.busy", clear="cpu.busy < 75%"), "must be METRIC > LIMIT"),
        (
            GOOD.format(when="cpu.busy > 85%", clear="cpu.busy < 90%"),
            "rules.toml:3: rule.x.clear: must lie on the safe side",
        ),
        (GOOD.format(when="cpu.busy > 85%", clear="cpu.busy > 75%"), "the other way round"),
        (GOOD.format(when="cpu.busy > 85%", clear="load.1m < 7"), "same metric"),
        (GOOD.format(when="cpu.busy > 85%", clear="cpu.busy < 75%").replace("5s", "soon"), "rules.toml:4: rule.x.for"),
        (GOOD.format(when="cpu.busy > 85%", clear="cpu.busy < 75%").replace("warning", "loud"), "critical, warning"),
        (GOOD.format(when="cpu.busy > 85%", clear="cpu.busy < 75%") + 'min = "requests.rate > 1"\n', "same scope"),
        (
            GOOD.format(when="cpu.busy > 85%", clear="cpu.busy < 75%") + "color = 3\n",
            "rules.toml:6: rule.x.color: unknown key",
        ),
        ('[rule.x]\nwhen = "cpu.busy > 85%"\n', "clear: is missing"),
        ("[rule]\nx = 3\n", "must be a table, written [rule.x]"),
        ("version = 9\n", "reads version 1"),
        ("[rules.x]\n", "did you mean rule"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole_and_says_what_is_allowed(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert words in str(caught.value)


def test_no_name_is_the_prefix_of_another() -> None:
    assert [(a, b) for a in METRICS for b in METRICS if b.startswith(f"{a}.")] == []


def test_what_the_overview_keeps_exists() -> None:
    assert [metric(name).name for name in OVERVIEW] == list(OVERVIEW)
