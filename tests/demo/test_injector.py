"""A host can be broken in every way that the shipped rules look for, and mended."""

import asyncio
from pathlib import Path

import pytest

from clawtui.demo.fleet import DemoFleet
from clawtui.demo.machines import BUDGET
from clawtui.errors import ClawtuiError
from tests.demo.conftest import busy, login, page, watch

SLOW = 'http_request_duration_highr_seconds_bucket{le="0.5"}'
ALL = "http_request_duration_highr_seconds_count"
FAILED = 'http_requests_total{handler="/generate",method="POST",status="5xx"}'


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_faults_show_on_the_metrics_page_and_end(demo: DemoFleet) -> None:
    await demo.injector.slow("web-1")
    await demo.injector.errors("web-2")
    async with asyncio.timeout(15):
        while True:
            slow, failing = await page(demo, "web-1"), await page(demo, "web-2")
            if slow.get(ALL, 0) - slow.get(SLOW, 0) > 3 and failing.get(FAILED, 0) > 2:
                break
            await asyncio.sleep(0.1)
    await demo.injector.restore("web-2")
    before = (await page(demo, "web-2"))[FAILED]
    await asyncio.sleep(0.5)  # six requests of which two would fail
    assert (await page(demo, "web-2"))[FAILED] == before
    assert [(c.host, c.what) for c in demo.injector.causes] == [("web-1", "latency-high"), ("web-2", "errors-high")]


async def test_burning_and_leaking_show_in_the_hosts_own_numbers(demo: DemoFleet) -> None:
    much = 0.2 if busy() else 0.85
    await demo.injector.burn("gpu-2")
    await demo.injector.leak("gpu-1")
    await asyncio.gather(
        watch(demo, "gpu-2", lambda values: (values["host cpu.busy"] or 0) > much, 15),
        watch(demo, "gpu-1", lambda values: (values["host memory.available"] or 1e9) < 500e6, 15),
    )
    await demo.injector.restore("gpu-1")
    await demo.injector.restore("gpu-2")
    await asyncio.gather(
        watch(demo, "gpu-2", lambda values: (values["host cpu.busy"] or 1) < much, 10),
        watch(demo, "gpu-1", lambda values: (values["host memory.available"] or 0) > 600e6, 10),
    )


async def test_the_kernel_refuses_memory_beyond_the_budget(demo: DemoFleet) -> None:
    pid = int((demo.root / "web-1/bot.pid").read_text())
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    assert next(line for line in limits if line.startswith("Max address space")).split()[3] == str(BUDGET)


async def test_a_dead_host_refuses_and_returns_the_same(demo: DemoFleet) -> None:
    host = demo.fleet.host("edge-1")
    assert host
    async with login(demo, host) as connection:
        await connection.run("echo kept > note")
        await demo.injector.kill("edge-1")
    with pytest.raises(OSError, match="111"):
        await asyncio.open_connection(host.address, host.port)
    with pytest.raises(ClawtuiError, match="edge-1"):
        await demo.injector.slow("edge-1")
    await demo.injector.restore("edge-1")
    async with login(demo, host) as connection:
        assert (await connection.run("cat note")).stdout == "kept\n"
    assert [c.what for c in demo.injector.causes if c.host == "edge-1"] == ["host-down"]
