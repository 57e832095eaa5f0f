"""GPUs under the real unit: its hardening lets the agent's child load the driver's library. Card and library are fakes."""

import asyncio
import json
from pathlib import Path

import pytest

from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.layout import UNIT
from clawtui.fleet.link import Link
from clawtui.places import Places
from tests.agent.cards import library
from tests.fleet.test_fleet_agent import BECOMING, answer, clean, link_to, places
from tests.fleet.test_fleet_cli import Operator
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
__all__ = ["clean", "places"]  # fixtures
# a bus with one card, and the agent sees it instead of the machine's own
CARD = """\
set -e
mkdir -p /opt/fake/pci/drivers/nvidia /opt/fake/pci/devices/0000:01:00.0/power
cd /opt/fake/pci/devices/0000:01:00.0
echo 0x030200 >class; echo active >power/runtime_status; echo on >power/control; ln -s ../../drivers/nvidia driver
mkdir -p /etc/systemd/system/clawtui-agent.service.d
cat >/etc/systemd/system/clawtui-agent.service.d/card.conf <<EOF
[Service]
BindReadOnlyPaths=/opt/fake/pci:/sys/bus/pci
Environment=LD_LIBRARY_PATH=/opt/fake FAKE_NVML=/opt/fake/nvml
EOF
"""


async def busy(link: Link) -> float | None:
    """What the first sample with a card's load says."""
    channel = await link.open_socket("/run/clawtui-agent/agent.sock")
    await channel.send(b'{"live": {"every": 1}}')
    place = -1
    try:
        async for line in channel.lines():
            said = json.loads(line)
            if isinstance(said, dict) and "hello" in said:
                place = [column[1] for column in said["hello"]["columns"]].index("gpu.busy")
                assert said["hello"]["columns"][place][4] == ""
            elif isinstance(said, list) and said[2 + place] is not None:
                value: float = said[2 + place]
                return value
    finally:
        await channel.close()
    return None


async def test_the_unit_lets_the_agent_ask_a_driver_and_gives_nothing_to_others(
    clean: Testbed, places: Places, tmp_path: Path
) -> None:
    clean.sh("h001", CARD)
    async with link_to(clean, "h001", places) as link:
        fake = (library(tmp_path / "lib") / "libnvidia-ml.so.1").read_bytes()
        await link.put(fake, "/opt/fake/libnvidia-ml.so.1", mode=0o755, timeout_s=20)
        await link.put(b"busy 40\n", "/opt/fake/nvml", mode=0o644, timeout_s=20)
        since = await answer(link, "date +%s")
        await install(link, BECOMING, places)
        assert await busy(link) == 0.4
        _, said = await asyncio.to_thread(Operator(tmp_path, clean).reads, "status", "--json")
        (device,) = next(host for host in said["hosts"] if host["name"] == "h001")["devices"]
        assert (device["name"], device["metrics"]["gpu.busy"], device["metrics"]["gpu.power"]) == ("gpu0", 0.4, 312.5)
        assert (
            await answer(link, f"systemctl show -p DevicePolicy -p DeviceAllow --value {UNIT}")
            == "closed\nchar-nvidia* rw"
        )
        warned = await answer(link, f"journalctl -u {UNIT} --since @{since} -p warning -o cat --no-pager")
        assert warned in ("", "-- No entries --")
        await link.put(b"hang 1\n", "/opt/fake/nvml", mode=0o644, timeout_s=20)
        await answer(link, f"systemctl stop {UNIT}")
        assert await answer(link, "pgrep -f clawtui_agent/[n]vml.py || echo none") == "none"
