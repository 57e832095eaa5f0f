"""What is said after a terminal was handed over and came back."""

from contextlib import nullcontext

import pytest

from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.boundary.shell import ShellCommand, ShellQuery
from clawtui.engine.recorded import RecordedEngine
from clawtui_screens.shell import open_shell


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, ""),
        (3, "shell on a ended with 3"),
        (77, "shell on a ended with 77: with that code a key that may only read refuses to open one"),
    ],
)
async def test_the_end_of_a_shell_is_said_in_words_and_recorded(status: int, words: str) -> None:
    note = Note("shell", ("a",), f"sh -c 'exit {status}'", f"ended with {status}")
    answers = [(ShellQuery("a"), ShellCommand(("sh", "-c", f"exit {status}")))]
    engine = RecordedEngine.of([], answers, [(note, Outcome(done=True, words=""))])
    assert await open_shell(engine, "a", nullcontext) == words
    assert engine.done == [note]
