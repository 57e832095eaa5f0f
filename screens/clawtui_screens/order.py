"""Which rows stand where: triage order, groups, folding, and ground that holds still; pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui_screens.arrangement import TRIAGE, Arrangement
from clawtui_screens.columns import COLUMNS
from clawtui_screens.matching import matcher
from clawtui_screens.widgets.table import Key

HOST, FOLD, GROUP, SAY = "host", "fold", "group", "say"
# kinds of rows; SAY is a sentence where there are no hosts
RANKS = {state: place for place, state in enumerate(State)}
# State.rank asked a thousand times a second is worth a table


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows from top to bottom, and the hosts that stand behind folded lines and headings."""

    keys: tuple[Key, ...] = ()
    folded: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    kept: int = 0
    # hosts that the filter lets through


def arranged(hosts: Mapping[str, HostView], wish: Arrangement) -> Rows:
    """Everything in its place."""
    keeps = [matcher(words) for words in wish.filters] if wish.filtering else []
    views = [view for view in hosts.values() if all(keep(view) for keep in keeps)] if keeps else list(hosts.values())
    folds = len(views) > wish.fold
    keys: list[Key] = []
    folded: dict[str, tuple[str, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for group, members in _grouped(views, wish.group):
        ordered = sorted_views(members, wish)
        if wish.group:
            keys.append((GROUP, group))
            groups[group] = tuple(view.name for view in ordered)
        quiet = [view for view in ordered if view.state is State.OK] if folds and group not in wish.unfolded else []
        if len(quiet) < 2:
            quiet = []
        hidden = {view.name for view in quiet}
        keys += [(HOST, view.name) for view in ordered if view.name not in hidden]
        if quiet:
            folded[group] = tuple(view.name for view in quiet)
            keys.append((FOLD, group))
    return Rows(tuple(keys), folded, groups, len(views))


def sorted_views(views: Iterable[HostView], wish: Arrangement) -> list[HostView]:
    """By severity and then since, or by a column: numbers largest first, words from a to z, unknown always last."""
    if wish.sort == TRIAGE:
        return sorted(
            views, key=lambda view: (RANKS[view.state], -(view.since or 0.0), view.name), reverse=wish.reverse
        )
    read = next((column.sort for column in COLUMNS if column.id == wish.sort), None)
    if read is None:
        return sorted(views, key=lambda view: (RANKS[view.state], view.name), reverse=wish.reverse)
    known = [(read(view), view) for view in views]
    words = [pair for pair in known if isinstance(pair[0], str)]
    numbers = [(value, view) for value, view in known if isinstance(value, float | int)]
    unknown = [view for value, view in known if value is None]
    words.sort(key=lambda pair: (str(pair[0]), pair[1].name), reverse=wish.reverse)
    numbers.sort(key=lambda pair: (-pair[0], pair[1].name), reverse=wish.reverse)
    return [view for _, view in words] + [view for _, view in numbers] + unknown


def group_of(view: HostView, grouping: str) -> str:
    """The heading under which a host stands."""
    match grouping:
        case "site":
            return view.site or "no site"
        case "region":
            return view.region or "no region"
        case "group":
            return view.groups[0] if view.groups else "no group"
        case "context":
            return view.context or "one context"
        case "version":
            return f"agent {view.agent}" if view.agent else "no agent"
        case _:
            return ""


def _grouped(views: Sequence[HostView], grouping: str) -> list[tuple[str, list[HostView]]]:
    if not grouping:
        return [("", list(views))]
    groups: dict[str, list[HostView]] = {}
    for view in views:
        groups.setdefault(group_of(view, grouping), []).append(view)
    return sorted(groups.items(), key=lambda item: (min(RANKS[view.state] for view in item[1]), item[0]))


def held(before: Rows, wanted: Rows, hosts: Mapping[str, HostView]) -> tuple[Rows, int]:
    """The rows that were there, without those that are gone, and how many rows want to move or appear."""
    present = set(wanted.keys) | {(HOST, name) for name in hosts}
    keys = tuple(key for key in before.keys if key in present)
    folded = {group: names for group, names in wanted.folded.items() if (FOLD, group) in keys}
    rows = Rows(keys, folded, wanted.groups, wanted.kept)
    return rows, moves(keys, wanted.keys)


def moves(old: Sequence[Key], new: Sequence[Key]) -> int:
    """How many rows would change their place among the others: all but the longest run that keeps its order."""
    place = {key: index for index, key in enumerate(new)}
    tails: list[int] = []
    for index in (place[key] for key in old if key in place):
        at = bisect_left(tails, index)
        if at == len(tails):
            tails.append(index)
        else:
            tails[at] = index
    return max(len(old), len(new)) - len(tails)
