"""What the feed may do with each event of the boundary, and how a frame is folded into the one before it."""

from msgspec.structs import replace

from clawtui.engine.boundary import Event
from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.forwards import Forwards
from clawtui.engine.boundary.hosts import FleetFrame, HostView, SampleFrame
from clawtui.engine.boundary.plans import Progress
from clawtui.engine.boundary.prompts import Notice, Prompt, PromptClosed
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.engine.boundary.value import Severity
from clawtui.feed import Keeping


def keeping(event: Event) -> Keeping:
    """Frames are superseded; a harmless toast may be lost; a question, an act, an outcome and a critical notice never."""
    match event:
        case FleetFrame() | SampleFrame() | Forwards() | Rollouts():
            return Keeping.SUPERSEDED
        case Notice() if event.severity is not Severity.CRITICAL:
            return Keeping.DROPPABLE
        case _:
            return Keeping.KEPT


def topic_of(event: Event) -> str:
    """Each kind of event belongs to one topic."""
    match event:
        case FleetFrame():
            return "fleet"
        case SampleFrame():
            return f"host:{event.host}"
        case Action():
            return "actions"
        case Prompt() | PromptClosed():
            return "prompts"
        case Notice():
            return "notices"
        case Progress():
            return "outcomes"
        case Forwards():
            return "forwards"
        case Rollouts():
            return "rollouts"


def aged(frame: FleetFrame, now: float) -> FleetFrame:
    """The same, read later."""
    later = max(0.0, now - frame.at)
    return replace(frame, at=max(frame.at, now), hosts=tuple(_aged(view, later) for view in frame.hosts))


def fold(older: Event, newer: Event) -> Event:
    """What a reader who missed `older` has to be told: the newest of everything."""
    if not (isinstance(older, FleetFrame) and isinstance(newer, FleetFrame)) or newer.full:
        return newer
    later = max(0.0, newer.at - older.at)
    hosts = {view.name: _aged(view, later) for view in older.hosts if view.name not in newer.removed}
    hosts.update({view.name: view for view in newer.hosts})
    removed = tuple(name for name in dict.fromkeys((*older.removed, *newer.removed)) if name not in hosts)
    return FleetFrame(newer.at, newer.summary, tuple(hosts.values()), () if older.full else removed, older.full)


def _aged(view: HostView, later: float) -> HostView:
    return view if view.age_s is None or later == 0.0 else replace(view, age_s=view.age_s + later)
