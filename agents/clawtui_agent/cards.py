"""Graphics cards on the PCI bus: which there are, whose driver holds them, whether one sleeps. Looking here wakes nobody."""

from __future__ import annotations

import os
from typing import NamedTuple

DRIVERS = ("nvidia", "amdgpu")
CLASSES = ("0x03", "0x12")  # of PCI: VGA, 3D and other display controllers; processing accelerators
ASLEEP, GONE = "asleep", "the card is gone: it was unplugged or fell off the bus"


class Card(NamedTuple):
    """One card; its name stays its own for as long as the agent runs."""

    name: str  # gpu0, gpu1 … by bus address, over all drivers
    address: str
    driver: str


class Bus:
    """The PCI bus; `root` is /sys, or a recorded tree."""

    def __init__(self, root: str) -> None:
        self._folder = f"{root}/bus/pci/devices"
        self._suited: dict[str, bool] = {}
        self.cards: list[Card] = []
        self.look()

    def look(self) -> None:
        """Find cards that came; one that left keeps its place."""
        try:
            addresses = sorted(os.listdir(self._folder))
        except OSError:
            return
        known = {card.address for card in self.cards}
        for address in addresses:
            if address not in known and self._may_be(address):
                driver = self._driver(address)
                if driver in DRIVERS:
                    self.cards.append(Card(f"gpu{len(self.cards)}", address, driver))

    def condition(self, card: Card) -> str:
        """Empty when it is awake, else why it can't be asked."""
        path = f"{self._folder}/{card.address}"
        if not os.path.isdir(path):
            return GONE
        return ASLEEP if _word(f"{path}/power/runtime_status") in ("suspended", "suspending") else ""

    def may_sleep(self, card: Card) -> bool:
        """The kernel puts it to sleep when nobody uses it; our looking would count as use."""
        return _word(f"{self._folder}/{card.address}/power/control") == "auto"

    def _may_be(self, address: str) -> bool:
        if address not in self._suited:
            self._suited[address] = _word(f"{self._folder}/{address}/class").startswith(CLASSES)
        return self._suited[address]

    def _driver(self, address: str) -> str:
        try:
            return os.path.basename(os.readlink(f"{self._folder}/{address}/driver"))
        except OSError:
            return ""


def _word(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(64).strip()
    except OSError:
        return ""
