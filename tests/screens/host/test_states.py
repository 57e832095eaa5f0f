"""Every state of the host screen at three sizes: cell text and style, between the bar and the keys."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from clawtui.engine.boundary.charts import RangeAnswer, RangeQuery
from clawtui.engine.boundary.hosts import DeviceView, HostDetail, HostQuery, ServiceView
from clawtui.engine.boundary.processes import Process, Processes, ProcessesQuery
from clawtui.engine.boundary.value import State
from clawtui_screens import look
from clawtui_screens.messages import Toast
from tests.screens.host.snapshot import check
from tests.screens.host.stage import EPOCH, SIZES, MadeUp, Stage, second, settle, staged

HOSTILE = "\x1b]0;owned\x07\x1b[2J[/red][bold]\u202ereverse\x00 a\nb"
Deed = Callable[[Stage, Pilot[None]], Awaitable[None]]


async def nothing(app: Stage, pilot: Pilot[None]) -> None:
    """As it opens."""


async def frozen(app: Stage, pilot: Pilot[None]) -> None:
    """At a moment six minutes back."""
    app.moment = EPOCH - 360
    await settle(pilot)


def press(*keys: str) -> Deed:
    async def deed(app: Stage, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await settle(pilot)

    return deed


STATES: dict[str, tuple[str, Deed]] = {
    "live": ("gpu-001", nothing),
    "over": ("gpu-003", nothing),
    "stale": ("gpu-019", nothing),
    "down": ("gpu-007", nothing),
    "no-agent": ("gpu-014", nothing),
    "frozen": ("gpu-003", frozen),
    "overlays": ("gpu-003", press("m", "b")),
    "processes": ("gpu-003", press("o")),
    "inspect": ("gpu-003", press("i")),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
async def test_the_screen_looks_as_it_was_looked_at(state: str, size: str) -> None:
    host, deed = STATES[state]
    async with staged(host, size=SIZES[size]) as (app, pilot):
        await deed(app, pilot)
        check(f"{state}-{size}", app.styled()[2:-2])


@pytest.mark.parametrize("size", SIZES)
async def test_without_history_the_charts_say_why_in_words(size: str) -> None:
    async with staged(size=SIZES[size], engine=MadeUp([RangeQuery])) as (app, _):
        assert any("no history: gpu-003: the agent is too old" in row for row in app.rows())
        check(f"no-history-{size}", app.styled()[2:-2])


async def test_without_history_live_samples_are_drawn_all_the_same() -> None:
    engine = MadeUp([RangeQuery])
    async with staged(engine=engine) as (app, pilot):
        for _ in range(4):
            await second(app, pilot, engine)
        assert len(app.host.charts[0].plot.series.times) >= 1


@pytest.mark.parametrize("look_of", ["ascii", "clawtui-ansi", "clawtui-light", "clawtui-contrast"])
async def test_other_looks(look_of: str) -> None:
    glyphs = look.ASCII if look_of == "ascii" else look.UNICODE
    theme = "clawtui-dark" if look_of == "ascii" else look_of
    async with staged(size=SIZES["80x24"], glyphs=glyphs, theme=theme) as (app, _):
        rows = app.rows()[1:-1]
        if look_of == "ascii":
            assert all(row.isascii() for row in rows), [row for row in rows if not row.isascii()]
            assert any("#" in row for row in rows)
        check(f"over-80x24-{look_of}", app.styled()[2:-2])


async def test_without_colours_our_own_painter_draws_and_words_and_thickness_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged(size=SIZES["80x24"]) as (app, _):
        assert app.no_color
        assert app.host.charts[0].painters.large is app.host.charts[0].painters.small
        text = "\n".join(app.rows())
        assert "OVER limit 500 ms" in text
        assert "⠛" in text or "⣤" in text or "⠶" in text


async def test_a_stale_host_shows_no_number_as_current_and_its_age_counts() -> None:
    engine = MadeUp()
    async with staged("gpu-019", engine=engine) as (app, pilot):
        assert "No sample for 41s" in app.rows()[1]
        assert {c.plot.value for c in app.host.charts} == {"—"}
        app.now += 5
        app.host._tick()
        await settle(pilot)
        assert "No sample for 46s" in app.rows()[1]


async def test_a_host_that_falls_silent_while_it_is_looked_at_turns_stale_by_itself() -> None:
    engine = MadeUp()
    async with staged("gpu-001", engine=engine) as (app, pilot):
        assert app.host.charts[0].plot.value != "—"
        app.now += 10
        app.host._tick()
        await settle(pilot)
        assert app.host.charts[0].plot.value == "—"
        assert "No sample for 10s" in app.rows()[1]


async def test_several_services_and_gpus_have_a_line_each_the_worst_first() -> None:
    engine = MadeUp()
    view = replace(
        engine.views["gpu-001"],
        services=(
            ServiceView("good", State.OK, {"latency.p95": 0.1, "errors.ratio": 0.0}),
            ServiceView("bad", State.WARNING, {"latency.p95": 0.9, "errors.ratio": 0.02, "requests.rate": 12.0}),
            ServiceView("dark", State.UNKNOWN, missing="metrics page: connection refused"),
        ),
        devices=(
            DeviceView("gpu0", {"gpu.busy": 0.2}),
            DeviceView(
                "gpu1", {"gpu.busy": 0.97, "gpu.memory_used": 20e9, "gpu.memory_total": 24e9, "gpu.temperature": 81.0}
            ),
        ),
    )
    engine.views["gpu-001"] = view
    async with staged("gpu-001", engine=engine, size=(80, 24)) as (app, _):
        names = [line.name for line in app.host.query_one("#lines").lines][:5]  # type: ignore[attr-defined]  # MetricLines
        assert names == ["▲ bad", "? dark", "● good", "● gpu0", "● gpu1"]
        text = "\n".join(app.rows())
        assert "metrics page: connection refused" in text
        assert "vram 83 % of 24 GB" in text


class Hostile(MadeUp):
    """Everything that a host can name is a trap."""

    def __init__(self) -> None:
        super().__init__()
        view = self.views["gpu-001"]
        service = ServiceView(HOSTILE, State.WARNING, {"latency.p95": 0.9}, missing=HOSTILE)
        self.views["gpu-001"] = replace(
            view, why=HOSTILE, remedy=HOSTILE, services=(*view.services, service), labels={HOSTILE: HOSTILE}
        )

    async def ask(self, query):  # type: ignore[no-untyped-def]  # as the port
        match query:
            case ProcessesQuery():
                return Processes(query.host, EPOCH, (Process(1, HOSTILE, HOSTILE, 1.0, 5, HOSTILE * 500),), HOSTILE)
            case HostQuery():
                detail = await super().ask(query)
                assert isinstance(detail, HostDetail)
                columns = tuple(replace(c, missing=HOSTILE) for c in detail.columns)
                return replace(detail, facts={HOSTILE: HOSTILE}, columns=columns)
            case RangeQuery():
                return RangeAnswer(query.host, query.metrics, 1.0, (), ((),) * 99, ((),) * 99, ((),) * 99, HOSTILE)
            case _:
                return await super().ask(query)


@pytest.mark.parametrize("keys", [(), ("o",), ("i",), ("i", "G"), ("m",), ("z",)], ids=str)
async def test_hostile_text_is_harmless_wherever_a_host_can_put_it(keys: tuple[str, ...]) -> None:
    async with staged("gpu-001", engine=Hostile(), size=(80, 24)) as (app, pilot):
        await pilot.press(*keys)
        await settle(pilot)
        text = "".join(app.rows())
        assert not [c for c in text if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066"]
        assert all(len(row) == 80 for row in app.rows())
        app.host.action_copy()
        await settle(pilot)
        assert "\x1b" not in app.export_screenshot()


async def test_an_engine_that_fails_in_an_unforeseen_way_is_words_on_the_chart() -> None:
    class Broken(MadeUp):
        async def ask(self, query):  # type: ignore[no-untyped-def]  # as the port
            if isinstance(query, RangeQuery | HostQuery):
                raise TypeError("no such thing")
            return await super().ask(query)

    async with staged(engine=Broken()) as (app, _):
        assert any("no history: gpu-003: RangeQuery failed" in row for row in app.rows())
        assert any(isinstance(m, Toast) for m in app.heard)


async def test_a_host_that_leaves_the_fleet_says_so() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        app.frame(replace(engine.frame(full=True, hosts=[v for n, v in engine.views.items() if n != "gpu-003"])))
        await settle(pilot)
        assert "gpu-003 is not in this fleet any more." in app.rows()[1]


async def test_resizing_from_large_to_tiny_and_back_keeps_metrics_and_cursor() -> None:
    async with staged() as (app, pilot):
        await pilot.press("full_stop", "left")
        charted, moment = list(app.host.state.charted), app.moment
        for size in ((60, 15), (200, 60), (30, 8), (120, 40)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
        assert app.host.state.charted == charted
        assert app.moment == moment
        assert sum(c.display for c in app.host.charts) == 4
