"""Looking for hosts among the rows: which are hits, which stand behind folded lines, where the next one is; pure."""

from collections.abc import Collection, Mapping, Sequence

from clawtui.engine.boundary.hosts import HostView
from clawtui_screens import order
from clawtui_screens.matching import matcher
from clawtui_screens.order import Rows
from clawtui_screens.widgets.table import Key


def hits(words: str, keys: Sequence[Key], hosts: Mapping[str, HostView]) -> list[Key]:
    """Rows of hosts that the words mean; none without words."""
    if not words:
        return []
    means = matcher(words)
    return [key for key in keys if key[0] == order.HOST and means(hosts[key[1]])]


def folded_away(words: str, rows: Rows, hosts: Mapping[str, HostView]) -> set[str]:
    """Groups whose folded line hides a host that the words mean."""
    means = matcher(words)
    return {group for group, names in rows.folded.items() if any(means(hosts[name]) for name in names)}


def beyond(keys: Sequence[Key], here: Key | None, wanted: Collection[Key], step: int) -> Key | None:
    """The next wanted row that way, round and round; the one here comes last."""
    place = keys.index(here) if here is not None and here in keys else 0
    round_about = (keys[(place + step * distance) % len(keys)] for distance in range(1, len(keys) + 1))
    return next((key for key in round_about if key in wanted), None)
