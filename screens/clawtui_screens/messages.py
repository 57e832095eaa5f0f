"""What goes up to the application: what the engine said, and what the operator wants."""

from dataclasses import dataclass

from textual.message import Message

from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.charts import Limits
from clawtui.engine.boundary.forwards import ForwardView
from clawtui.engine.boundary.hosts import SampleFrame
from clawtui.engine.boundary.plans import Progress
from clawtui.engine.boundary.prompts import Prompt
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.boundary.value import Severity
from clawtui_screens.export import Table
from clawtui_screens.picture import Picture

# ---------------------------------------------------------------- from the bridge


@dataclass(eq=False)
class FleetSeen(Message, bubble=False):
    """The fleet as it is now; a newer one takes the place of one that nobody has read."""

    picture: Picture

    def can_replace(self, message: Message) -> bool:
        """Any older picture."""
        return isinstance(message, FleetSeen)


@dataclass(eq=False)
class SampleSeen(Message, bubble=False):
    """One second of the host on screen: given to the screen on top."""

    frame: SampleFrame


@dataclass(eq=False)
class ActionSeen(Message, bubble=False):
    """A line was written to actions.jsonl."""

    action: Action


@dataclass(eq=False)
class PromptSeen(Message, bubble=False):
    """The engine needs an answer from the operator."""

    prompt: Prompt


@dataclass(eq=False)
class PromptGone(Message, bubble=False):
    """A prompt needs no answer any more."""

    id: str


@dataclass(eq=False)
class ProgressSeen(Message, bubble=False):
    """One host of a plan is done."""

    progress: Progress


@dataclass(eq=False)
class ForwardsSeen(Message, bubble=False):
    """The forwarded ports as they are now."""

    forwards: tuple[ForwardView, ...]

    def can_replace(self, message: Message) -> bool:
        """Any older ones."""
        return isinstance(message, ForwardsSeen)


@dataclass(eq=False)
class RolloutsSeen(Message, bubble=False):
    """Rollouts as they are now, the newest first."""

    rollouts: tuple[RolloutView, ...]

    def can_replace(self, message: Message) -> bool:
        """Any older ones."""
        return isinstance(message, RolloutsSeen)


@dataclass(eq=False)
class EngineFailed(Message, bubble=False):
    """The stream of events ended: what is on screen is getting old."""

    words: str


@dataclass(eq=False)
class LimitsSeen(Message, bubble=False):
    """The thresholds that charts and sparklines draw."""

    limits: Limits


# ---------------------------------------------------------------- from screens


@dataclass(eq=False)
class OpenHost(Message):
    """Show a host, led by a metric where one is named."""

    host: str
    metric: str = ""


@dataclass(eq=False)
class MomentPicked(Message):
    """The cursor in time: a unix time, or None for live."""

    at: float | None


@dataclass(eq=False)
class Toast(Message):
    """Say something in passing; the text is cleaned before it is shown."""

    text: str
    severity: Severity = Severity.INFO


@dataclass(eq=False)
class CopyOut(Message):
    """Put text on the operator's clipboard (OSC 52)."""

    text: str
    what: str = ""


@dataclass(eq=False)
class ShellWanted(Message):
    """Hand the terminal over to a shell on a host."""

    host: str


@dataclass(eq=False)
class ForwardWanted(Message):
    """Ask for the port to forward to a host."""

    host: str


@dataclass(eq=False)
class PlanWanted(Message):
    """Show the plan of an acting verb: the words after `clawtui`."""

    words: tuple[str, ...]


@dataclass(eq=False)
class Commanded(Message):
    """Do what a line behind `:` would."""

    line: str


@dataclass(eq=False)
class MenuWanted(Message):
    """A short list to choose from: sort, export."""

    which: str
    chosen: str = ""


@dataclass(eq=False)
class ExportWanted(Message):
    """Write what is shown to a file in the working folder: txt, csv, jsonl or svg."""

    form: str
    table: Table


@dataclass(eq=False)
class Typing(Message):
    """What stands in a prompt now."""

    sign: str
    words: str
