"""`revert PLACE ROLLOUT FENCE`: what the dead-man runs when nobody kept a release and nobody gave a sign."""

import os
import sys
from typing import List

from clawtui_runner import deadman, going_back, lock, moment, place, state
from clawtui_runner.fault import Fault, Record
from clawtui_runner.journal import Journal
from clawtui_runner.kinds import Kind
from clawtui_runner.params import Params
from clawtui_runner.place import Place
from clawtui_runner.step import Step

WAIT_S = 10.0
DEADLINE_S = 300.0


def main_revert(words: List[str]) -> int:
    """0: gone back, or nothing to go back from. Anything else: systemd tries again."""
    os.umask(0o022)
    folder, rollout, fence = words
    where = place.of(os.path.basename(folder), folder)
    try:
        sys.stdout.write(revert(where, rollout, int(fence)) + "\n")
    except Fault as fault:
        sys.stderr.write(f"{fault.words}\n")
        return 1
    return 0


def revert(where: Place, rollout: str, fence: int) -> str:
    """Under the host's lock; a holder that has given no sign for as long is ended."""
    handle = lock.opened(where)
    if not lock.flocked(handle, WAIT_S) and not (_silent(where) and lock.evicted(lock.lease(where), handle)):
        raise lock.locked(where)
    try:
        armed = deadman.armed(where)
        if armed is None or armed.get("rollout") != rollout or lock.fence(armed) != fence:
            return f"nothing to go back from: rollout {rollout} is not armed under fence {fence}"
        if deadman.left(armed) > 1:
            return f"rollout {rollout} has given a sign; {deadman.left(armed):g} s are left"
        return fire(where, armed, "nobody gave a sign in time")
    finally:
        os.close(handle)


def fire(where: Place, armed: Record, why: str) -> str:
    """Go back now; whoever calls this holds the lock."""
    journal = Journal(where.claw / "journal.jsonl")
    about: Record = {"rollout": armed.get("rollout"), "fence": armed.get("fence"), "by": "dead-man", "why": why}

    def note(what: str, record: Record) -> None:
        journal.append(what, {**record, **about})
        state.write(where)

    asked: Record = {"id": armed.get("step"), "kind": "switch", "deadline_s": DEADLINE_S}
    step = Step(where, Params("armed", asked), str(armed.get("rollout")), say=_say, note=note)
    try:
        return going_back.go_back(step, step.recalled("switch")) + _sites(step)
    except Fault as fault:
        note("revert-failed", {"code": fault.code, "words": step.hidden(fault.words), "release": armed.get("release")})
        raise


def _sites(switch: Step) -> str:
    """What nginx was told for the new release is taken back, too: the old one may not know its paths."""
    words = ""
    folder = switch.place.claw / "undo" / switch.rollout
    for path in sorted(folder.glob("*-site.json"), reverse=True):
        asked: Record = {"id": path.stem, "kind": "site", "deadline_s": DEADLINE_S}
        try:
            done = Kind("site").undo(Step(switch.place, Params("armed", asked), switch.rollout, say=_say))
            words += f"; {done.words}" if done.changed else ""
        except (Fault, OSError) as error:
            words += f"; its site is not as before: {error}"
    return words


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _silent(where: Place) -> bool:
    """Has the holder been so for as long as the dead-man waits?"""
    armed = deadman.armed(where)
    age = moment.age(lock.lease(where))
    limit = armed.get("after_s") if armed is not None else None
    return isinstance(limit, (int, float)) and (age is None or age > limit - 1)
