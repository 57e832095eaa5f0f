"""Which hosts a find or a filter means: the selector grammar where it is one, else any words of the row; pure."""

from collections.abc import Callable

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import HostView
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.selector import select

_GRAMMAR = "*@=!,?"


def matcher(words: str) -> Callable[[HostView], bool]:
    """True for hosts that the words mean; a list is any of them, `!` takes away, `state=stale` asks the state."""
    if not any(sign in words for sign in _GRAMMAR):
        needle = words.strip().lower()
        return lambda view: needle in row_words(view)
    terms = [term.strip() for term in words.split(",") if term.strip()]
    wanted = [term for term in terms if not term.startswith("!")]
    unwanted = [term[1:] for term in terms if term.startswith("!")]

    def keeps(view: HostView) -> bool:
        if any(_meant(view, term) for term in unwanted):
            return False
        return not wanted or any(_meant(view, term) for term in wanted)

    return keeps


def row_words(view: HostView) -> str:
    """All words of a host's row, in small letters."""
    parts = (view.name, view.state, view.why, view.site, view.region, *view.groups, *view.labels.values(), *view.badges)
    return clean(" ".join(parts)).lower()


def _meant(view: HostView, term: str) -> bool:
    if term.startswith("state="):
        return view.state == term.removeprefix("state=")
    host = Host(view.name, groups=view.groups, site=view.site, region=view.region, labels=view.labels)
    try:
        return bool(select(Fleet("screen", hosts=(host,)), term))
    except UsageError:  # of one host: it is not meant
        return False
