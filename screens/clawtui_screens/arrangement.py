"""How the operator wants the fleet listed, and how a key turns that into something else; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clawtui.engine.boundary.views import SavedView
from clawtui_screens.columns import sortable

TRIAGE = "triage"
GROUPINGS = ("", "site", "region", "group", "version", "context")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the operator wants the fleet listed."""

    sort: str = TRIAGE
    reverse: bool = False
    group: str = ""
    fold: int = 30
    unfolded: frozenset[str] = frozenset()
    # groups whose healthy hosts are listed one by one
    filters: tuple[str, ...] = ()
    # a host must pass all of them …
    filtering: bool = True
    # … while they are on

    def sorted_by(self, column: str) -> "Arrangement":
        """The same column again turns the order round; by what cannot be sorted nothing is."""
        if column != TRIAGE and not sortable(column):
            return self
        return replace(self, sort=column, reverse=self.sort == column and not self.reverse)

    def sorted_beside(self, step: int, shown: Sequence[str]) -> "Arrangement":
        """By the column to the left or right of this one; beyond the edge stands triage order."""
        columns = [TRIAGE, *shown]
        here = columns.index(self.sort) if self.sort in columns else 0
        return replace(self, sort=columns[(here + step) % len(columns)], reverse=False)

    def regrouped(self, *, contexts: bool) -> "Arrangement":
        """The next grouping, and none again; by context only where several are shown."""
        groupings = GROUPINGS if contexts else GROUPINGS[:-1]
        place = groupings.index(self.group) if self.group in groupings else 0
        return replace(self, group=groupings[(place + 1) % len(groupings)], unfolded=frozenset())

    def filtered(self, *filters: str) -> "Arrangement":
        """These filters, and they are on."""
        return replace(self, filters=filters, filtering=True)

    def of_view(self, view: SavedView) -> "Arrangement":
        """As a view asks for it; what this version does not know any more is left as it is by default."""
        return replace(
            self,
            sort=view.sort if sortable(view.sort) else TRIAGE,
            reverse=view.reverse,
            group=view.group if view.group in GROUPINGS else "",
            filters=view.filters,
            filtering=True,
            unfolded=frozenset[str](),
        )
