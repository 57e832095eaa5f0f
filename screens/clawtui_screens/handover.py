"""What is printed once the screens are closed: three lines for the ticket, or why they fell over; pure."""

import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo

from clawtui.clean import clean, clean_lines
from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.value import State
from clawtui_screens import look, text
from clawtui_screens.look import Glyphs
from clawtui_screens.picture import Picture

_NAMED = 4


def handover(
    picture: Picture, actions: Sequence[Action], begun: float, ended: float, zone: tzinfo, glyphs: Glyphs
) -> list[str]:
    """When and where, what was done, what still is wrong."""
    context = clean(picture.summary.context, limit=60) if picture.summary else ""
    mark = text.zone_mark(zone, ended)
    when = f"{text.day(begun, zone)}{mark} to {text.clock(ended, zone)}{mark}"
    hosts = text.plural(len(picture.hosts), "host")
    first = f"clawtui {context or 'without a fleet'}: {when}, {text.lasting(ended - begun)}, {hosts}"
    return [glyphs.fit(line) for line in (first, _done(actions), _wrong(picture, ended))]


def fallen(error: BaseException) -> list[str]:
    """What is printed when the screens fell over: the traceback's words may come from a host."""
    return [
        *clean_lines("".join(traceback.format_exception(error)), limit=2000),
        "clawtui: the screens fell over; what ran on the hosts goes on. Please report the lines above.",
    ]


def _done(actions: Sequence[Action]) -> str:
    if not actions:
        return "done: nothing"
    verbs = Counter(clean(f"{action.verb} {action.outcome}".strip(), limit=60) for action in actions)
    words = ", ".join(f"{verb}{f' ×{count}' if count > 1 else ''}" for verb, count in verbs.most_common(_NAMED))
    return f"done: {words}; last: {clean(actions[-1].cli, limit=120)}"


def _wrong(picture: Picture, now: float) -> str:
    views = [view for view in picture.hosts.values() if view.state not in (State.OK, State.DRAINED, State.LOADING)]
    if not views:
        return "still wrong: nothing that was seen" if picture.hosts else "still wrong: unknown, no host was seen"
    views.sort(key=lambda view: (view.state.rank, -(view.since or 0.0), view.name))
    named = [
        f"{clean(view.name, limit=40)} {look.state_word(view.state)}"
        f"{f' {text.lasting(now - view.since)}' if view.since else ''}{f' ({clean(view.why, limit=60)})' if view.why else ''}"
        for view in views[:_NAMED]
    ]
    rest = f" and {len(views) - _NAMED} more" if len(views) > _NAMED else ""
    return f"still wrong: {', '.join(named)}{rest}"
