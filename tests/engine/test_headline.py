"""The first line says what is wrong, where and since when; the status document says it to machines."""

import json

import pytest

from clawtui.engine.boundary.hosts import Breach, FleetFrame, HostView, ServiceView, Summary
from clawtui.engine.boundary.value import Severity, State
from clawtui.engine.headline import Clock, Deployed, headline
from clawtui.engine.status import document, status_code
from clawtui.engine.words import breach_words, duration


def breach(metric: str, value: float, limit: float, unit: str, *, above: bool = True) -> Breach:
    return Breach("r", metric, value, limit, above, unit, Severity.WARNING, 0.0)


def row(name: str, state: State, since: float | None = None, metric: str = "", site: str = "") -> HostView:
    breaches = (breach(metric, 1.0, 0.5, "ratio"),) if metric else ()
    return HostView(name, state, since=since, breaches=breaches, site=site)


OK = [row(f"ok-{number}", State.OK) for number in range(3)]
SLOW = "service:bot latency.p95"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no hosts in this context"),
        (OK, "all 3 hosts well"),
        (OK[:1], "the host is well"),
        ([row("a", State.LOADING)], "1 host, none has answered yet"),
        ([*OK, row("a", State.LOADING), row("b", State.DRAINED)], "3 of 5 hosts well, 1 not answered yet, 1 drained"),
        ([*OK, row("gpu-7", State.DOWN, 11280.0)], "gpu-7 down since 03:08"),
        (
            [
                *OK,
                row("a", State.DOWN, 11280.0),
                row("b", State.WARNING, 11400.0, SLOW),
                row("c", State.WARNING, 11460.0, SLOW),
            ],
            "a down since 03:08, 2 hosts slow since 03:10",
        ),
        ([*OK, row("a", State.CRITICAL, 0.0, "memory.available")], "a short of memory since 00:00"),
        ([*OK, row("a", State.REFUSED), row("b", State.LOADING)], "a refused; 1 not answered yet"),
        (
            [
                row("z", State.OK, site="us"),
                row("a", State.DOWN, 0.0, site="eu"),
                row("b", State.DOWN, 0.0, site="eu"),
            ],
            "2 hosts down since 00:00; these are all of site eu",
        ),
    ],
)
def test_the_first_line_is_facts_in_words(rows: list[HostView], words: str) -> None:
    assert headline(rows, Clock("UTC")) == words


def inner(number: int, state: State, behind: str = "", via: str = "gate") -> HostView:
    return HostView(f"h{number}", state, via=via, behind=behind, since=11280.0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [row("gate", State.DOWN, 11280.0), *(inner(n, State.UNKNOWN, "lost") for n in range(199))],
            "bastion gate lost: 199 hosts behind it not seen since 03:08",
        ),
        (
            [*OK, row("x", State.DOWN, 11400.0), *(inner(n, State.UNKNOWN, "lost", "j@10.0.0.1:22") for n in range(2))],
            "bastion j@10.0.0.1:22 lost: 2 hosts behind it not seen since 03:08, x down since 03:10",
        ),
        (
            [row("gate", State.STALE, 11280.0), *(inner(n, State.STALE) for n in range(5))],
            "bastion gate lost: 5 hosts behind it not seen since 03:08",
        ),
        (
            [row("gate", State.OK), *(inner(n, State.STALE) for n in range(5))],
            "5 hosts stale since 03:08",
        ),
        (
            [row("gate", State.STALE, 11280.0), inner(0, State.OK), inner(1, State.STALE)],
            "2 hosts stale since 03:08",
        ),
        (
            [row("gate", State.DOWN, 11280.0), inner(0, State.UNKNOWN, "lost"), inner(1, State.WARNING)],
            "bastion gate lost: 1 host behind it not seen since 03:08, h1 warning since 03:08",
        ),
        (
            [row("gate", State.REFUSED), inner(0, State.REFUSED, "refused"), inner(1, State.REFUSED, "refused")],
            "bastion gate refused: 2 hosts behind it not seen since 03:08",
        ),
        (
            [row("gate", State.UNKNOWN), *(inner(n, State.UNKNOWN, "not trusted yet") for n in range(3))],
            "bastion gate not trusted yet: 3 hosts behind it not seen since 03:08",
        ),
    ],
)
def test_one_lost_bastion_is_one_cause(rows: list[HostView], words: str) -> None:
    assert headline(rows, Clock("UTC")) == words


def test_many_kinds_of_trouble_end_in_a_count() -> None:
    states = (State.DOWN, State.REFUSED, State.STALE, State.NO_AGENT, State.UNKNOWN)
    rows = [row(state, state) for state in states]
    assert headline(rows, Clock("UTC")).endswith("2 more kinds of trouble")
    assert headline(rows[1:], Clock("UTC")).endswith("1 more kind of trouble")


def test_the_clock_follows_its_zone() -> None:
    assert Clock("Europe/Berlin")(0.0) == "01:00"


@pytest.mark.parametrize(
    ("one", "alone", "words"),
    [
        (breach(SLOW, 0.812, 0.5, "s"), True, "p95 812 > 500 ms"),
        (breach(SLOW, 0.812, 0.5, "s"), False, "bot p95 812 > 500 ms"),
        (breach(SLOW, 61.0, 30.0, "s"), True, "p95 61 > 30 s"),
        (breach("cpu.busy", 0.971, 0.85, "ratio"), True, "cpu 97 > 85 %"),
        (breach("memory.available", 412e6, 500e6, "bytes", above=False), True, "memory available 412 < 500 MB"),
        (breach("mount:/var lib mount.used_ratio", 0.93, 0.9, "ratio"), True, "disk /var lib 93 > 90 %"),
        (breach("service:bot up", 0.0, 0.5, "bool", above=False), True, "bot is down"),
        (breach("load.1m", 9.25, 8.0, "count"), True, "load.1m 9.2 > 8"),
    ],
)
def test_a_breach_is_worded_with_value_limit_and_unit(one: Breach, alone: bool, words: str) -> None:
    assert breach_words(one, alone=alone) == words


@pytest.mark.parametrize(("seconds", "words"), [(41, "41s"), (250, "4m10"), (7500, "2h05"), (273_600, "3d4h")])
def test_durations_fit_a_column(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([], 0),
        ([State.OK, State.DRAINED], 0),
        ([State.OK, State.LOADING], 3),
        ([State.UNKNOWN, State.STALE], 1),
        ([State.NO_AGENT], 1),
        ([State.WARNING, State.UNKNOWN, State.CRITICAL], 2),
        ([State.REFUSED], 2),
        ([State.DOWN], 2),
    ],
)
def test_the_exit_code_of_status_is_that_of_the_worst(states: list[State], code: int) -> None:
    assert status_code([HostView("a", state) for state in states]) == code


def test_the_status_document_has_null_for_unknown_and_utc_times() -> None:
    view = HostView(
        "a",
        State.OK,
        since=0.5,
        age_s=0.25,
        metrics={"cpu.busy": None},
        services=(ServiceView("bot", State.DOWN, {"up": 0.0}),),
    )
    frame = FleetFrame(
        1.0, Summary("prod", "prod", True, None, {}, ""), (view, HostView("b", State.LOADING)), full=True
    )
    told = json.loads(json.dumps(document(frame)))
    assert (told["version"], told["context"]) == (1, "prod")
    assert told["hosts"][0]["since"] == "1970-01-01T00:00:00.500Z"
    assert told["hosts"][0]["metrics"] == {"cpu.busy": None}
    assert told["hosts"][0]["services"] == [{"name": "bot", "state": "down", "metrics": {"up": 0.0}}]
    assert (told["hosts"][1]["since"], told["hosts"][1]["age_s"]) == (None, None)


BOT = Deployed("bot", "20261124T030922-9f2c41de", 11200.0, "ana")
WELL = row("c", State.OK)
BAD = [row("a", State.WARNING, 11250.0, SLOW), row("b", State.WARNING, 11260.0, SLOW)]


@pytest.mark.parametrize(
    ("deployed", "words"),
    [
        ({"a": BOT, "b": BOT}, "; only these 2 got bot 9f2c41de at 03:06 (ana)"),
        ({"a": BOT, "b": BOT, "c": BOT}, "; these 2 got bot 9f2c41de at 03:06 (ana), 1 more have it and are well"),
        ({"a": BOT}, ""),
        ({"a": BOT, "b": Deployed("bot", "R1", 11200.0, "ana")}, ""),
        ({"a": BOT, "b": Deployed("bot", BOT.release, 11270.0, "ana")}, ""),
        ({"a": BOT, "b": Deployed("bot", BOT.release, 100.0, "ana")}, ""),
    ],
)
def test_a_release_that_all_who_are_in_trouble_got_shortly_before_is_a_fact_beside_it(
    deployed: dict[str, Deployed], words: str
) -> None:
    assert headline([*BAD, WELL], Clock("UTC"), deployed) == f"2 hosts slow since 03:07{words}"
