"""One step of a plan on this host: what a kind is told, and what it may do: look, run, remember, say."""

import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from clawtui_runner import disk, envfile, processes
from clawtui_runner.fault import Fault, Record
from clawtui_runner.params import Params
from clawtui_runner.place import RELEASE, Place, checked
from clawtui_runner.processes import Result

DEADLINE_S = 300.0


class Check(NamedTuple):
    """What there is, against what is wanted."""

    state: str
    # same, differs or conflict
    words: str = ""
    diff: Tuple[str, ...] = ()


class Done(NamedTuple):
    """What became of it."""

    changed: bool
    words: str = ""


class Step:
    """`place`, `params` and `secret` to read; the rest to act with. A new one for every message."""

    def __init__(
        self,
        place: Place,
        asked: Params,
        rollout: str,
        *,
        fence: int = 0,
        say: Callable[[str], None] = lambda _: None,
        note: Callable[[str, Record], object] = lambda _, __: None,
    ) -> None:
        self.place = place
        self.id = checked("step", asked.text("id"), RELEASE)
        self.kind = asked.text("kind")
        self.params = asked.table("params")
        self.secret: Dict[str, str] = asked.table("secret").words()
        self.deadline_s = asked.number("deadline_s", DEADLINE_S)
        self.rollout = rollout
        self.fence = fence
        self.began = time.monotonic()
        self.until = self.began + self.deadline_s
        self._say = say
        self._note = note

    @property
    def left(self) -> float:
        """Seconds until the deadline; Fault once it is over, so a loop that asks needs no watch of its own."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Fault("deadline", f"{self.kind}: not done in {self.deadline_s:.0f} s")
        return left

    def in_time(self) -> None:
        """For work that runs no program: Fault once the deadline is over."""
        _ = self.left

    def say(self, line: str) -> None:
        """A line for whoever watches."""
        self._say(self.hidden(line))

    def note(self, what: str, record: Record) -> None:
        """A line of the journal, on disk when this returns."""
        self._note(what, record)

    def hidden(self, text: str) -> str:
        """Text without the values of secrets, whoever printed them: a program of ours, or the service itself as it ended."""
        for name, value in self._secrets():
            for part in [value, *value.splitlines()]:
                if len(part) > 3:
                    text = text.replace(part, f"[{name}]")
        return text

    def _secrets(self) -> List[Tuple[str, str]]:
        """Of this step, and of every release here: the old one may have something to say as well."""
        found = list(self.secret.items())
        for path in self.place.env("x").parent.glob("*.env"):
            try:
                found += envfile.values(path.read_text()).items()
            except OSError:
                continue
        return found

    def run(
        self,
        *argv: str,
        given: bytes = b"",
        env: Optional[Dict[str, str]] = None,
        cwd: str = "/",
        ok: Sequence[int] = (0,),
        deadline_s: Optional[float] = None,
    ) -> Result:
        """A program whose lines are shown; Fault("failed") where it ends otherwise than `ok`."""
        until = self.until if deadline_s is None else min(self.until, time.monotonic() + deadline_s)
        result = processes.run(argv, until, hear=self.say, given=given, env=env, cwd=cwd)
        if result.status not in ok:
            raise Fault(
                "failed", self.hidden(f"{argv[0]} ended with {result.status}: {result.tail() or 'it said nothing'}")
            )
        return result

    def ask(self, *argv: str, given: bytes = b"") -> Result:
        """A program whose answer is for us alone, however it ends."""
        return processes.run(argv, self.until, given=given)

    def remember(self, name: str, value: Record) -> None:
        """What there was before, on disk before it is changed. The first word stays: a step repeated finds its own work."""
        known = self.remembered()
        if name not in known:
            disk.keep(self._memory, {**known, name: value}, 0o600)

    def recalled(self, name: str) -> Params:
        """What `remember` was told in this rollout; empty where nothing was."""
        return Params(f"{self.id} before", self.remembered()).table(name)

    def remembered(self) -> Record:
        """All of it."""
        return disk.read(self._memory) or {}

    @property
    def _memory(self) -> Path:
        return self.place.claw / "undo" / checked("rollout", self.rollout, RELEASE) / f"{self.id}.json"
