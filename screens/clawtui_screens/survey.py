"""What the whole fleet needs of its table: the longest name, and which columns have anything to say; looked at seldom."""

from collections.abc import KeysView
from dataclasses import dataclass, field

from clawtui.engine.boundary.hosts import HostView
from clawtui_screens import columns
from clawtui_screens.cells import width_of
from clawtui_screens.picture import Picture

EVERY_S = 5.0
"""A thousand hosts with five services each are too many to look through at every refresh."""


@dataclass(frozen=True, slots=True)
class Survey:
    """As of the last look."""

    at: float = float("-inf")
    context: str = ""
    names: KeysView[str] = field(default_factory=lambda: dict[str, HostView]().keys())
    longest: int = 6
    address: int = 15
    missing: frozenset[str] = columns.ALL_SPECIAL

    def renewed(self, picture: Picture, now: float) -> "Survey":
        """The same, or a new one when hosts came and went or some seconds have passed."""
        hosts = picture.hosts
        context = picture.summary.context if picture.summary else ""
        same = context == self.context
        if same and 0 <= now - self.at < EVERY_S and hosts.keys() == self.names:
            return self
        views = hosts.values()
        return Survey(
            at=now,
            context=context,
            names=hosts.keys(),
            longest=max(
                (width_of(view.name) - len(f"{view.context}/") * bool(view.context) for view in views), default=6
            ),
            address=min(39, max((len(view.address) for view in views), default=15)),
            missing=columns.absent(views, self.missing if same else columns.ALL_SPECIAL),
        )

    def fitted(self, width: int, *, wide: bool) -> list[tuple[columns.Column, int]]:
        """As wide as the longest name, within reason; what no host has takes no room."""
        most = 28 if width >= 110 else 24 if width >= 100 else 14 if width >= 70 else 12
        host = max(6, min(self.longest, most))
        address = self.address if wide else 15
        return columns.fitting(width, host, wide=wide, without=columns.without(self.missing), address=address)
