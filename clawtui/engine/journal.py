"""The engine's side of actions.jsonl: written before and after every act, shown on the `!` screen."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from clawtui.engine.act import Draft
from clawtui.engine.boundary import Event
from clawtui.engine.boundary.actions import Action, Actions, Note
from clawtui.engine.boundary.prompts import Notice
from clawtui.engine.boundary.value import Severity
from clawtui.history.actions import ActionLog, Entry, operator

LAST_MOST = 10_000


class Journal:
    """Writes lines and tells readers of them."""

    def __init__(self, path: Path, keep_bytes: int, context: str, publish: Callable[[str, Event], None]) -> None:
        self._log = ActionLog(path, keep_bytes)
        self._context, self._publish = context, publish

    def act(self, draft: Draft, cli: str, outcome: str) -> str:
        """One line about an act; answers why it could not be written."""
        hosts = tuple(host.name for host in draft.hosts)
        return self._write(draft.verb, hosts, cli, draft.commands, outcome, "")

    def note(self, note: Note) -> str:
        """One line about something that is no act; answers why it could not be written."""
        return self._write(note.verb, note.hosts, note.cli, (), "noted", note.note)

    def _write(
        self, verb: str, hosts: tuple[str, ...], cli: str, commands: tuple[str, ...], outcome: str, note: str
    ) -> str:
        who = operator(os.environ)
        entry = Entry(time.time(), who, self._context, verb, hosts, cli, commands, outcome, note)
        try:
            entry = self._log.write(entry)
        except OSError as failure:
            words = f"{self._log.path}: {failure.strerror or failure}"
            self._publish("notices", Notice(Severity.CRITICAL, f"not written down: {verb}: {words}"))
            return words
        self._publish("actions", _action(entry))
        return ""

    def last(self, count: int) -> Actions:
        """The newest lines, newest first."""
        return Actions(tuple(_action(entry) for entry in self._log.last(max(0, min(count, LAST_MOST)))))


def _action(entry: Entry) -> Action:
    return Action(
        at=entry.at,
        who=entry.who,
        context=entry.context,
        verb=entry.verb,
        hosts=entry.hosts,
        cli=entry.cli,
        commands=entry.commands,
        outcome=entry.outcome,
        note=entry.note,
    )
