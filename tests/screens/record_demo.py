"""Makes `feeds/demo.jsonl` anew: the real demo, while the real application looks at it; about a minute.

Everything the screens were told and every answer they got is written down, so that a test can show them the same again.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from clawtui.alerts.rules_file import load_rules
from clawtui.demo.fleet import DemoFleet
from clawtui.demo.script import BRIEF
from clawtui.engine.boundary import Answer, Engine, Event, Intent, Query
from clawtui.engine.boundary.hosts import FleetFrame, SampleFrame
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.events import topic_of
from clawtui.engine.local import LocalEngine
from clawtui.fleet.prompts import Nobody
from clawtui.settings import Settings
from clawtui_screens.app import ClawApp

FEED = Path(__file__).parent / "feeds/demo.jsonl"
INCIDENTS_S = 38.0  # all of them are on screen then
KEYS = ("enter", "o", "escape", "i", "escape", "q", "exclamation_mark", "escape", *":run web* -- uptime", "enter")


class Recorder:
    """An engine that lets everything through and writes it down."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.lines, self.began = engine, list[dict[str, Any]](), monotonic()

    async def subscribe(self, *topics: str) -> AsyncIterator[Event]:
        """Events, with the time they came; of frames the first whole one and the last, of samples a few."""
        async for event in self.engine.subscribe(*topics):
            if not isinstance(event, FleetFrame) or event.full:
                self.lines.append({"t": round(monotonic() - self.began, 3), "topic": topic_of(event), "event": event})
            yield event

    async def ask(self, query: Query) -> Answer:
        """The answer, with its question."""
        answer = await self.engine.ask(query)
        self.lines.append({"query": query, "answer": answer})
        return answer

    async def do(self, intent: Intent) -> Outcome:
        """Looks only: nothing is carried out while recording."""
        return await self.engine.do(intent)


async def main() -> None:
    """One demo, one walk through the screens."""
    async with DemoFleet(BRIEF) as demo:
        settings = Settings()
        async with LocalEngine(demo.fleet, settings, load_rules(demo.places), demo.places, prompts=Nobody()) as engine:
            await asyncio.sleep(INCIDENTS_S)
            recorder = Recorder(engine)
            app = ClawApp(recorder, settings)
            async with app.run_test(size=(120, 40)) as pilot:
                await pilot.pause(2.0)
                await pilot.press("slash", *"gpu-1", "enter")  # the host of README's picture
                for key in KEYS:
                    await pilot.press(key)
                    await pilot.pause(1.5 if len(key) > 1 or key in "oiq" else 0.02)
    samples = 0
    with FEED.open("wb") as file:
        for line in recorder.lines:
            samples += isinstance(line.get("event"), SampleFrame)
            if samples < 8 or not isinstance(line.get("event"), SampleFrame):
                file.write(anonymous(msgspec.json.encode(line)) + b"\n")
    print(f"{FEED.name}: {len(recorder.lines)} lines, {FEED.stat().st_size} bytes")


def anonymous(line: bytes) -> bytes:
    """Without what tells the machine that recorded: its folders, addresses and machine id."""
    here = str(Path(__file__).parents[2]).encode()  # in the command lines of processes
    line = line.replace(here, b"/home/ana/clawtui")
    line = re.sub(rb'"addresses":"[^"]*"', b'"addresses":"192.0.2.2"', line)
    return re.sub(rb"\b[0-9a-f]{32}\b", b"5e1f" * 8, line)


if __name__ == "__main__":
    asyncio.run(main())
