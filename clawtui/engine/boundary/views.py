"""How somebody wants the fleet listed, kept for the next time."""

from clawtui.engine.boundary.value import Value


class SavedView(Value, frozen=True):
    """How somebody wants the fleet listed, by name."""

    name: str
    sort: str = "triage"
    reverse: bool = False
    group: str = ""
    filters: tuple[str, ...] = ()
    wide: bool = False
    """All columns."""
    window_s: float = 1800.0
    """Of the charts."""


class ViewsQuery(Value, frozen=True):
    """→ Views."""


class Views(Value, frozen=True):
    """All saved views, by name."""

    views: tuple[SavedView, ...]


class SaveView(Value, frozen=True):
    """Keep a view for the next time; one of the same name is replaced."""

    view: SavedView


class RemoveView(Value, frozen=True):
    """Forget a view."""

    name: str
