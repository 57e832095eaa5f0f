"""One engine at the other end of a line: what it may ask, and what each question does."""

import os
import platform
import pwd
import time
from typing import Callable, Dict, Optional

from clawtui_runner import deadman, digest, facts, moment, place, state, systemd
from clawtui_runner.fault import Fault, Record, of_os
from clawtui_runner.journal import Journal
from clawtui_runner.kinds import Kind
from clawtui_runner.lock import Lock
from clawtui_runner.params import Params
from clawtui_runner.step import Done, Step

VERSION = 1


class Session:
    """A place, once it is opened, and the lock, once it is taken."""

    def __init__(self, out: Callable[[object, str], None]) -> None:
        self._out = out
        self._place: Optional[place.Place] = None
        self._lock: Optional[Lock] = None
        self._verbs: Dict[str, Callable[[Params], Record]] = {
            "open": self.open,
            "survey": self.survey,
            "lock": self.lock,
            "beat": self.beat,
            "check": self.check,
            "apply": self.apply,
            "undo": self.undo,
            "record": self.record,
            "journal": self.journal,
            "unlock": self.unlock,
            "fire": self.fire,
        }

    @property
    def locked(self) -> bool:
        """Does this session hold the host?"""
        return self._lock is not None and self._lock.held

    def answer(self, message: Record) -> Record:
        """One message's answer; whatever goes wrong is said in it."""
        number = message.get("id")
        name = str(message.get("do"))
        try:
            return {"id": number, "ok": True, **self._verbs.get(name, self.unknown)(Params(name, message))}
        except Fault as fault:
            return {"id": number, "ok": False, "error": fault.record()}
        except OSError as error:
            return {"id": number, "ok": False, "error": of_os(error).record()}
        except Exception as error:  # noqa: BLE001 - the edge: the engine hears of it, the host goes on
            words = f"the runner itself failed: {type(error).__name__}: {error}"
            return {"id": number, "ok": False, "error": Fault("failed", words).record()}

    def unknown(self, asked: Params) -> Record:
        """No verb of ours."""
        raise Fault("refused", f"{asked.where!r} is no verb of this runner; is the engine of another version?")

    def open(self, asked: Params) -> Record:
        """Everything after is about this place; makes nothing."""
        if self.locked:
            raise Fault("refused", "another place is locked by this line; unlock it first")
        self._place = place.of(asked.text("service"), asked.text("place"))
        self._lock = None
        return {}

    def survey(self, asked: Params) -> Record:
        """What the host is and has; free."""
        return {"facts": facts.gathered(self.place, asked)}

    def lock(self, asked: Params) -> Record:
        """The right to change this place."""
        if self.locked:
            raise Fault("refused", "this line holds the lock already")
        taken = Lock(self.place, Journal(self.place.claw / "journal.jsonl"))
        taken.take(asked)
        self._lock = taken
        return {"fence": taken.fence, "armed": deadman.armed(self.place)}

    def beat(self, asked: Params) -> Record:
        """A sign of life: for the lease, and for the dead-man where one is armed."""
        self._held(asked).beat()
        return {"armed_left_s": deadman.renew(self.place)}

    def check(self, asked: Params) -> Record:
        """What a step would change; free."""
        step = self._step(asked)
        found = Kind(step.kind).check(step)
        return {"state": found.state, "diff": list(found.diff), "words": found.words}

    def apply(self, asked: Params) -> Record:
        """Carry a step out."""
        step = self._step(asked)
        return self._journalled(asked, step, ("intent", "done", "failed"), Kind(step.kind).apply)

    def undo(self, asked: Params) -> Record:
        """Take a step back."""
        step = self._step(asked)
        return self._journalled(asked, step, ("undo-intent", "undone", "undo-failed"), Kind(step.kind).undo)

    def record(self, asked: Params) -> Record:
        """A verdict of the coordinator's."""
        given = asked.table("record")
        return self._noted(asked, given.text("what"), {**given.values, "by": "coordinator"})

    def journal(self, asked: Params) -> Record:
        """What has been written since."""
        return {"records": list(Journal(self.place.claw / "journal.jsonl").records(asked.whole("after", 0)))}

    def unlock(self, asked: Params) -> Record:
        """Others may; nothing else changes."""
        self._noted(asked, "unlocked", {})
        self._held(asked).free()
        return {}

    def fire(self, asked: Params) -> Record:
        """Go back now from what an earlier holder left armed."""
        self._held(asked)
        armed = deadman.armed(self.place)
        if armed is None:
            return {"changed": False, "words": "nothing is armed here"}
        from clawtui_runner import revert

        words = revert.fire(self.place, armed, "by the new holder of the lock")
        return {"changed": True, "words": words}

    @property
    def place(self) -> place.Place:
        """Fault where none is open."""
        if self._place is None:
            raise Fault("refused", "no place is open; send open first")
        return self._place

    def _held(self, asked: Params) -> Lock:
        """The lock, where it is ours and no newer than the engine thinks."""
        if self._lock is None:
            raise Fault("refused", f"{self.place.folder}: nothing is changed without the lock; take it first")
        self._lock.needed()
        if asked.whole("fence", self._lock.fence) != self._lock.fence:
            words = f"{self.place.folder}: fence {asked.whole('fence')} is not the one held now, {self._lock.fence}"
            raise Fault("fence", f"{words}; another coordinator went on with this rollout")
        return self._lock

    def _noted(self, asked: Params, what: str, record: Record) -> Record:
        """In the journal, and in `state.json` where it changes that."""
        written = self._held(asked).note(what, record)
        if what in state.TELLING:
            state.write(self.place)
        return {"n": written["n"]}

    def _step(self, asked: Params) -> Step:
        """The step that a message holds; without a lock it has no rollout to remember anything for."""
        rollout = self._lock.rollout if self._lock is not None else asked.text("rollout", "none")
        return Step(
            self.place,
            asked.table("step"),
            rollout,
            fence=self._lock.fence if self._lock is not None else 0,
            say=lambda line: self._out(asked.values.get("id"), line),
            note=lambda what, record: self._noted(asked, what, record),
        )

    def _journalled(
        self, asked: Params, step: Step, what: "tuple[str, str, str]", act: Callable[[Step], Done]
    ) -> Record:
        about: Record = {"step": step.id, "kind": step.kind}
        self._noted(asked, what[0], about)
        try:
            done = act(step)
        except Exception as error:
            fault = error if isinstance(error, Fault) else of_os(error) if isinstance(error, OSError) else None
            words = step.hidden(fault.words if fault else f"{type(error).__name__}: {error}")
            self._noted(asked, what[2], {**about, "code": fault.code if fault else "failed", "words": words})
            raise Fault(fault.code if fault else "failed", words) from error
        seconds = round(time.monotonic() - step.began, 3)
        said: Record = {"changed": done.changed, "words": step.hidden(done.words), "seconds": seconds}
        self._noted(asked, what[1], {**about, **said})
        return said


def hello() -> Record:
    """The first line: who answers, and as whom."""
    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = str(uid)
    return {
        "event": "hello",
        "v": VERSION,
        "digest": digest.own(),
        "uid": uid,
        "user": user,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "boot": moment.boot(),
        "systemd": systemd.version(),
    }
