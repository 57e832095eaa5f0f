"""GPUs: what their drivers say, asked in a child process, because a driver that is wedged blocks whoever asks it."""

from __future__ import annotations

import json
from typing import Any

from clawtui_agent.cards import Bus, Card
from clawtui_agent.child import Child
from clawtui_agent.reading import Column, Now, Value
from clawtui_agent.shape import is_list, is_table
from clawtui_agent.world import World

EACH = 5.0  # seconds between two questions
LATE = 10.0  # seconds after which a driver does not answer
RESCAN = 60.0  # seconds between two looks for new cards
PAUSE, LONGEST_PAUSE = 10.0, 320.0  # seconds before a child is started again; doubled while it fails
REST, REST_AGAIN = 60.0, 600.0  # seconds an idle card is left alone so that it can fall asleep, and how often
SILENT, RESTING = "driver does not answer", "left alone for a minute so that it can fall asleep"
FIELDS = (
    ("gpu.busy", "ratio"),
    ("gpu.memory_used", "bytes"),
    ("gpu.memory_total", "bytes"),
    ("gpu.temperature", "degC"),
    ("gpu.power", "W"),
    ("gpu.throttled", "bool"),
    ("gpu.errors", "count"),
)


class Devices:
    """All cards of one driver. What is told is never older than two questions."""

    every = 1

    def __init__(self, world: World, bus: Bus, driver: str, script: str, *words: str) -> None:
        self.columns: tuple[Column, ...] = ()
        self._world = world
        self._bus = bus
        self._driver = driver
        self._child = Child(world.loop, script, words, self._heard)
        self._cards: list[Card] = []
        self._said: dict[str, list[Value]] = {}  # by address
        self._asked: float | None = None  # monotonic, while an answer is awaited
        self._looked = self._scanned = -1e9
        self._pause, self._again = PAUSE, -1e9
        self._rest, self._rested = -1e9, -1e9
        self._welcome()

    def read(self, now: Now) -> list[Value]:
        """Never waits: what was heard last, and a new question when it is time."""
        if self._cards or now.clock - self._scanned >= RESCAN:
            self._look(now.clock)
        return [value for card in self._cards for value in self._said[card.address]]

    def close(self) -> None:
        """The child is ours."""
        self._child.stop()

    def _look(self, clock: float) -> None:
        if self._asked is not None:
            how = None if self._child.running else self._child.ended()
            if how is not None:
                self._fail(f"the process that asks the driver ended: {how}", clock)
            elif clock - self._asked >= LATE:
                self._fail(SILENT, clock)
        if clock - self._looked < EACH:
            return
        self._looked = clock
        if self._asked is None and not self._child.running:
            self._child.ended()  # nothing that was killed stays as a zombie
        if clock - self._scanned >= RESCAN:
            self._scanned = clock
            self._bus.look()
            self._welcome()
        awake = self._awake()
        if self._asked is not None:
            return
        if clock < self._rest:
            for card in awake:
                self._say(card, _only(RESTING))
        elif not awake:
            self._child.stop()  # an open handle would keep a card from falling asleep, or from being taken out
        elif clock >= self._again and (self._child.running or self._child.start()):
            self._asked = clock
            self._child.ask(" ".join(card.address for card in awake).encode() + b"\n")

    def _awake(self) -> list[Card]:
        awake: list[Card] = []
        for card in self._cards:
            condition = self._bus.condition(card)
            if condition:
                self._say(card, _only(condition))
            else:
                awake.append(card)
        return awake

    def _fail(self, words: str, clock: float) -> None:
        self._asked = None
        self._child.stop()
        self._again = clock + self._pause
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
        for card in self._cards:
            if not self._bus.condition(card):
                self._say(card, _only(words))

    def _heard(self, line: bytes) -> None:
        """An answer: by address seven values, or words for all of them."""
        try:
            said: Any = json.loads(line)
        except ValueError:
            return
        asked, self._asked = self._asked, None
        if asked is None or not is_table(said):
            return
        self._pause = PAUSE
        answers, events = said.get("cards"), said.get("events")
        for card in self._cards:
            answer = answers.get(card.address) if is_table(answers) else None
            if answer is not None:
                whole = is_list(answer) and len(answer) == len(FIELDS)
                self._say(card, [_value(value) for value in answer] if whole else _only(str(answer)[:200]))
            for event in events if is_list(events) else ():
                if is_list(event) and event[:1] == [card.address]:
                    self._world.tell("device-error", f"device:{card.name}", str(event[-1])[:200])
        self._leave_alone(asked)

    def _leave_alone(self, clock: float) -> None:
        """Idle cards that may fall asleep are not looked at for a minute; one that stays awake is not given another one soon."""
        awake = [card for card in self._cards if not self._bus.condition(card)]
        idle = all(self._said[card.address][0] == 0.0 and self._bus.may_sleep(card) for card in awake)
        if awake and idle and clock - self._rested >= REST_AGAIN:
            self._rest, self._rested = clock + REST, clock
            self._child.stop()

    def _say(self, card: Card, values: list[Value]) -> None:
        """A card that is lost or comes back is told."""
        was, lost = _lost(self._said[card.address]), _lost(values)
        self._said[card.address] = values
        if lost and not was:
            self._world.tell("device-lost", f"device:{card.name}", str(values[0]))
        elif was and not lost:
            self._world.tell("device-back", f"device:{card.name}", "the card answers again")

    def _welcome(self) -> None:
        ours = [card for card in self._bus.cards if card.driver == self._driver]
        if ours != self._cards:
            self._cards = ours
            self._said = {card.address: self._said.get(card.address, [None] * len(FIELDS)) for card in ours}
            self.columns = tuple(
                Column(f"device:{card.name}", name, unit, EACH) for card in ours for name, unit in FIELDS
            )


def _only(words: str) -> list[Value]:
    """The same for every field."""
    return [words] * len(FIELDS)


def _value(value: object) -> Value:
    if isinstance(value, str):
        return value[:200]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _lost(values: list[Value]) -> bool:
    """No card rather than no value."""
    words = values[0] if isinstance(values[0], str) else ""
    return words == SILENT or words.startswith("the card is")


def collectors(world: World) -> list[Devices]:
    """For the machine only; a driver without cards costs a look a minute."""
    if world.config.tree:
        return []
    bus = Bus(world.sys)
    return [Devices(world, bus, "nvidia", "nvml.py"), Devices(world, bus, "amdgpu", "amdgpu.py", world.sys)]
