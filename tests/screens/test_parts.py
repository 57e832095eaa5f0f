"""Hosts with several services and devices: columns that come when some host has them, and rows that name the part."""

import pytest
from msgspec.structs import replace

from clawtui.engine.boundary.hosts import Breach, DeviceView, FleetFrame, HostView, ServiceView
from clawtui.engine.boundary.value import Severity, State
from clawtui_screens import columns
from tests.screens.front import EPOCH, SIZES, fleet, looks, opened, recording, recounted, rows, settle, words

CARD = {
    "gpu.busy": 0.97,
    "gpu.memory_used": 20e9,
    "gpu.memory_total": 24e9,
    "gpu.temperature": 81.0,
    "gpu.power": 290.0,
}


def models(view: HostView) -> HostView:
    """Three model servers and two cards; the bot and a card are in trouble."""
    slow = Breach("latency-high", "service:bot latency.p95", 0.812, 0.5, True, "s", Severity.WARNING, EPOCH - 250, 5.0)
    hot = Breach("gpu-busy", "device:gpu1 gpu.busy", 0.97, 0.9, True, "ratio", Severity.WARNING, EPOCH - 60, 5.0)
    return replace(
        view,
        state=State.WARNING,
        why="bot p95 812 > 500 ms; gpu1 97 > 90 %",
        services=(
            ServiceView("bot", State.WARNING, {"up": 1.0, "latency.p95": 0.812, "errors.ratio": 0.0}),
            ServiceView("vllm-70b", State.OK, {"up": 1.0, "latency.p95": 0.14, "queue": 12.0}, "first token"),
            ServiceView("embed", State.OK, {"up": 1.0, "latency.p95": 0.03, "queue": 0.0}),
        ),
        devices=(DeviceView("gpu0", {**CARD, "gpu.busy": 0.4}), DeviceView("gpu1", CARD)),
        breaches=(slow, hot),
    )


def several() -> FleetFrame:
    frame = fleet(6, trouble=False, headline="gpu-003 slow since 10:53")
    return recounted(frame, [models(view) if view.name == "gpu-003" else view for view in frame.hosts])


@pytest.mark.parametrize("size", SIZES)
async def test_a_fleet_with_cards_and_token_servers_looks_as_it_did(size: str) -> None:
    async with opened(recording(several()), SIZES[size]) as (app, pilot, _):
        await settle(pilot)
        await looks(pilot, app, f"fleet-parts-{size}")


@pytest.mark.parametrize("size", ["120x40", "80x24"])
async def test_the_host_has_a_line_a_part_and_full_stop_brings_each_to_the_chart(size: str) -> None:
    async with opened(recording(several()), SIZES[size]) as (app, pilot, _):
        await pilot.press("enter")
        await settle(pilot)
        await looks(pilot, app, f"host-parts-{size}")
        charted: set[str] = set()
        for _ in range(8):
            charted |= set(app.screen.state.charted[:1])  # type: ignore[attr-defined]
            await pilot.press("full_stop")
        leads = {"service:bot latency.p95", "service:vllm-70b latency.p95", "service:embed latency.p95"}
        assert leads | {"device:gpu0 gpu.busy", "device:gpu1 gpu.busy"} <= charted | set(
            app.screen.state.charted  # type: ignore[attr-defined]
        )


async def test_columns_come_when_some_host_has_them_and_not_before() -> None:
    async with opened(recording(fleet(6)), (160, 40)) as (app, _, _):
        assert not {"GPU%", "VRAM%", "QUEUE", "ttft"} & set(rows(app)[2].split())
    async with opened(recording(several()), (160, 40)) as (app, _, _):
        assert {"GPU%", "VRAM%", "QUEUE", "ttft", "p95"} <= set(rows(app)[2].split())
        row = next(line for line in rows(app) if "▲ gpu-003" in line)
        for figure in ("812", "140", "97", "83", "12"):
            assert figure in row.split()


def test_a_fleet_of_token_servers_alone_has_no_column_for_whole_requests() -> None:
    service = ServiceView("vllm", State.OK, {"latency.p95": 0.1}, "first token")
    views = [replace(view, services=(service,)) for view in fleet(3, trouble=False).hosts]
    shown = [
        column.id for column, _ in columns.fitting(200, 12, wide=False, without=columns.without(columns.absent(views)))
    ]
    assert "ttft" in shown
    assert "p95" not in shown


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("service:bot latency.p95", "bot p95"),
        ("service:vllm-70b latency.p95", "vllm-70b ttft"),
        ("device:gpu1 gpu.busy", "gpu1"),
        ("device:gpu1 gpu.memory_used", "gpu1 vram"),
        ("cpu.busy", "cpu"),
    ],
)
def test_a_number_is_called_by_its_service_or_device_and_by_what_it_means(metric: str, words: str) -> None:
    assert columns.part_metric(models(fleet(3).hosts[0]), metric) == words


async def test_the_strip_names_the_service_that_is_slow() -> None:
    async with opened(recording(several())) as (app, _, _):
        assert "bot p95 812 ms OVER 500 ms" in words(app)
