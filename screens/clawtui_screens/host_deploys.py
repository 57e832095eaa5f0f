"""When which release began to serve on a host, and by whom: markers on its charts; pure."""

from collections.abc import Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.words import short
from clawtui_screens.widgets.chart_frame import Mark


def marks(rollouts: Sequence[RolloutView], host: str) -> tuple[Mark, ...]:
    """The oldest first; in a list of several contexts the host's name says its own."""
    found = [
        Mark(turn.at, clean(f"{short(turn.release)} ({view.by.partition(' ')[0]})", limit=32))
        for view in rollouts
        for one in view.hosts
        if host in (one.name, f"{view.context}/{one.name}")
        for turn in one.turns
    ]
    return tuple(sorted(found, key=lambda mark: mark.at))
