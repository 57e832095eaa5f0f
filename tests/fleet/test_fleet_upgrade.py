"""Upgrades on real systemd hosts: a version that is no good goes back by itself, with the history; a good one goes on with it."""

import asyncio
import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from clawtui.errors import AgentError
from clawtui.fleet.agent import bundle as bundles
from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.status import status
from clawtui.fleet.link import Link
from clawtui.places import Places
from tests.fleet.test_fleet_agent import BECOMING, answer, clean, link_to, places
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
__all__ = ["clean", "places"]  # fixtures
SOCKET = "/run/clawtui-agent/agent.sock"
SHORT_S = 6.0
# one line of the agent, and what a bad day would make of it
BROKEN: dict[str, tuple[str, str, str, str]] = {
    "crashes at start": (
        "verbs.py",
        "    agent = Agent(config, path)\n",
        "    raise RuntimeError('bad day')\n",
        "bad day",
    ),
    "hangs": ("agent.py", "        notify.ready()\n", "        time.sleep(3600)\n", "no hello from it"),
    "gives nulls only": (
        "sampler.py",
        "return [number for source in self._sources for number in source.numbers]",
        "return [None for source in self._sources for number in source.numbers]",
        "no number in any of",
    ),
    "cannot read the rings": ("segment.py", 'MAGIC = b"CLWR"', 'MAGIC = b"CLWX"', "does not go on with the history"),
}
GOOD = ("__init__.py", "", "", "")
change: ContextVar[tuple[str, str, str, str]] = ContextVar("change")


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, bytes]]:
    """The agent that is installed is this one, really changed in one line, a different one for every task."""
    ours = bundles.agent_sources()

    def sources() -> dict[str, bytes]:
        path, line, instead, _ = change.get(("", "", "", ""))
        if not path:
            return ours
        text = ours[path].decode()
        assert line in text, f"{path} has no line {line!r} any more"
        return {**ours, path: (text.replace(line, instead, 1) + "# a version of its own\n").encode()}

    monkeypatch.setattr(bundles, "agent_sources", sources)
    return sources


async def asked(link: Link, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """The hello, and an answer for each request."""
    channel = await link.open_socket(SOCKET)
    for request in requests:
        await channel.send(json.dumps(request).encode())
    found: list[dict[str, Any]] = []
    async for line in channel.lines():
        found.append(json.loads(line))
        if len(found) > len(requests):
            break
    await channel.close()
    return found


async def seconds(link: Link, first: float, last: float) -> list[float | None]:
    """Free memory of each second, as the rings have it."""
    columns = [["host", "memory.total"]]
    question = {"range": {"id": 1, "tier": "1s", "from": first, "to": last, "points": 0, "columns": columns}}
    values: list[float | None] = (await asked(link, question))[1]["range"]["mean"][0]
    return values


async def lived(link: Link, places: Places) -> float:
    """An agent of ours with some seconds of history; the time of the first."""
    await install(link, BECOMING, places)
    first = float((await asked(link))[0]["hello"]["rings"][0]["first"])
    async with asyncio.timeout(20):
        while sum(value is not None for value in await seconds(link, first, first + 20)) < 8:
            await asyncio.sleep(0.3)
    return first


async def goes_back(bed: Testbed, places: Places, host: str, how: str) -> str:
    async with link_to(bed, host, places) as link:
        first = await lived(link, places)
        folder = (await status(link)).folder
        index = await answer(link, "cat /var/lib/clawtui-agent/rings.json")
        change.set(BROKEN[how])
        with pytest.raises(AgentError) as caught:
            await install(link, BECOMING, places, only_upgrade=True, samples_s=SHORT_S)
        assert await answer(link, "readlink /opt/clawtui/agent/current") == folder
        assert f"{folder} runs again" in caught.value.reason, how
        assert await answer(link, "cat /var/lib/clawtui-agent/rings.json") == index
        kept = [value for value in await seconds(link, first, first + 8) if value is not None]
        assert len(kept) > 3, f"{how}: history is lost"
        assert [ring["tier"] for ring in (await asked(link))[0]["hello"]["rings"]] == ["1s", "1m", "1h"]
        assert await answer(link, "ls /var/lib/clawtui-agent /opt/clawtui/agent | grep -c previous || true") == "0"
        return caught.value.reason


async def test_a_version_that_is_no_good_goes_back_by_itself_with_its_history(
    clean: Testbed, places: Places, changed: Callable[[], dict[str, bytes]]
) -> None:
    hosts = ("h000", "h001", "h002", "h003")
    said = await asyncio.gather(*(goes_back(clean, places, h, how) for h, how in zip(hosts, BROKEN, strict=True)))
    for reason, (*_, words) in zip(said, BROKEN.values(), strict=True):
        assert words in reason


async def test_history_goes_on_over_an_upgrade(
    clean: Testbed, places: Places, changed: Callable[[], dict[str, bytes]]
) -> None:
    async with link_to(clean, "h000", places) as link:
        first = await lived(link, places)
        change.set(GOOD)
        assert (await install(link, BECOMING, places, only_upgrade=True)).words.startswith("upgraded")
        hello = (await asked(link))[0]["hello"]
        assert hello["digest"] == bundles.digest(changed())
        values = await seconds(link, first, hello["clock"])
        assert sum(value is not None for value in values[:10]) > 5, "what was kept before is there"
        assert sum(value is None for value in values) <= 8, "a restart costs some seconds"
        assert hello["notes"] == []
