"""The units that run the agent."""

import re

import pytest

from clawtui import shipped
from clawtui.fleet.agent.bundle import RINGS_MAX_BYTES

ITSELF = 64 << 20
# four times what the agent may take


@pytest.mark.parametrize("unit", ["clawtui-agent", "clawtui-agent-user"])
def test_the_agents_memory_has_room_for_its_rings_where_they_lie_in_memory(unit: str) -> None:
    text = shipped.read(f"templates/systemd/{unit}.service")
    limits = re.findall(r"^Memory(?:High|Max)=(\d+)M$", text, re.MULTILINE)
    assert limits
    for limit in limits:
        assert int(limit) << 20 >= RINGS_MAX_BYTES + ITSELF
