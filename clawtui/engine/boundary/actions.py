"""Who did what: the lines of actions.jsonl."""

from clawtui.engine.boundary.value import Value


class Action(Value, frozen=True):
    """One line of actions.jsonl: an act or a note, and the commands it stood for."""

    at: float
    who: str
    """OS user, plus CLAWTUI_OPERATOR where set: "root (ana)"."""
    context: str
    verb: str
    hosts: tuple[str, ...]
    cli: str
    """The clawtui command line that does the same."""
    commands: tuple[str, ...] = ()
    """The ssh commands that ran, secrets replaced."""
    outcome: str = ""
    """ok, failed, refused, unknown, and how many hosts each."""
    note: str = ""


class ActionsQuery(Value, frozen=True):
    """→ Actions, newest first."""

    last: int = 200


class Actions(Value, frozen=True):
    """The last acts and notes."""

    actions: tuple[Action, ...]


class Note(Value, frozen=True):
    """Something worth a line in actions.jsonl that is no act: a shell was opened, data were exported."""

    verb: str
    hosts: tuple[str, ...]
    cli: str
    note: str = ""
