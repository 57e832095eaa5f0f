"""What happens in a demo, and when."""

import asyncio
from dataclasses import dataclass

from clawtui.demo.injector import Injector


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of events, so many seconds after the beginning."""

    at_s: float
    turn: str
    # a method of the injector: slow, errors, leak, burn, kill, restore
    host: str


@dataclass(frozen=True, slots=True)
class Script:
    """Steps in the order of their times; begins again after `cycle_s`, never where that is 0."""

    steps: tuple[Step, ...]
    cycle_s: float = 0.0


CALM = Script(())

BRIEF = Script(
    (
        Step(3.0, "errors", "web-2"),
        Step(3.0, "slow", "gpu-1"),
        Step(3.5, "burn", "gpu-2"),
        Step(5.0, "kill", "edge-1"),
        Step(6.0, "leak", "web-1"),
        Step(11.0, "restore", "edge-1"),
    )
)
# for a headless run of 25 s: rules want 5 s, metrics pages are read every 5 s

TOUR = Script(
    (
        Step(20, "slow", "gpu-1"),
        Step(50, "restore", "gpu-1"),
        Step(75, "errors", "web-2"),
        Step(100, "restore", "web-2"),
        Step(120, "leak", "web-1"),
        Step(150, "restore", "web-1"),
        Step(165, "burn", "gpu-2"),
        Step(190, "restore", "gpu-2"),
        Step(205, "kill", "edge-1"),
        Step(230, "restore", "edge-1"),
    ),
    cycle_s=270,
)
# for a visitor: one thing at a time, with calm between


async def play(script: Script, injector: Injector) -> None:
    """Let it happen; ends after the last step, or never."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    turns = {"slow": injector.slow, "errors": injector.errors, "leak": injector.leak, "burn": injector.burn}
    turns |= {"kill": injector.kill, "restore": injector.restore}
    while True:
        for step in script.steps:
            await asyncio.sleep(max(0.0, began + step.at_s - loop.time()))
            await turns[step.turn](step.host)
        if not script.cycle_s:
            return
        began += script.cycle_s
