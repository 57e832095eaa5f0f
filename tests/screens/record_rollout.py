"""Makes `feeds/rollout.jsonl` anew (root): a real rollout on two real hosts, as an engine told it; about a minute.

The second release of a service goes to a canary, bakes, and to the other host; of the engine's words those are kept in
which something is new, and one second of the bake in ten.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from clawtui.engine.boundary import Event
from clawtui.engine.boundary.hosts import FleetFrame
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.engine.events import topic_of
from clawtui.engine.local import LocalEngine
from clawtui.fleet.context import find_fleets
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from clawtui.settings import Settings
from tests.deploy.operator import Operator
from tests.deploy.service import Source
from tests.fleet.order import Order
from tests.fleet.testbed import running

FEED = Path(__file__).parent / "feeds/rollout.jsonl"
BAKE_S = 20


async def heard(home: Path, fleet_file: str, lines: list[dict[str, object]], done: asyncio.Event) -> None:
    """What a screen would be told, until everything is over."""
    environ = {"HOME": str(home), "CLAWTUI_FLEET": fleet_file}
    places = Places.of(environ)
    fleet = find_fleets(places, environ, fleet_flag=None, context_flag=None).only()
    last: object = None
    async with LocalEngine(fleet, Settings(), (), places, prompts=Nobody()) as engine:
        async for event in engine.subscribe("fleet", "rollouts"):
            if (new := _new(event)) not in (None, last):
                lines.append({"topic": topic_of(event), "event": event})
                last = new
            if done.is_set() and isinstance(event, Rollouts) and not event.rollouts[0].under_way:
                return


def _new(event: Event) -> object:
    """What has to differ for an event to be kept; None for one that is not."""
    if isinstance(event, FleetFrame):
        return True if event.full else None
    if not isinstance(event, Rollouts) or not event.rollouts:
        return None
    view = event.rollouts[0]
    return view.state, tuple(wave.bake_done_s // 10 for wave in view.waves), bool(view.gates)


async def main() -> None:
    """Two rollouts; the second one is listened to."""
    lines: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, running(Order(hosts=2, systemd=True, own=True)) as bed:
        operator, bot = Operator(Path(folder) / "home", bed), Source(Path(folder) / "bot", "bot", "h*")
        await asyncio.to_thread(operator.deploys, "apply", str(bot.folder), "--yes")
        bot.version("2")
        bot.spec(bake=f"{BAKE_S}s")
        done = asyncio.Event()
        hearing = asyncio.create_task(heard(operator.home, str(bed.fleet_file), lines, done))
        await asyncio.to_thread(operator.deploys, "apply", str(bot.folder), "--yes")
        done.set()
        async with asyncio.timeout(60):
            await hearing
    told = [msgspec.json.encode(line).replace(folder.encode(), b"/home/ana") for line in lines]
    FEED.write_bytes(b"".join(line + b"\n" for line in told))
    print(f"{FEED}: {len(told)} lines")


if __name__ == "__main__":
    asyncio.run(main())
