"""Whether an instance does its work: answers that it is ready, several times in a row, and what is known beforehand."""

import http.client
import json
import time
from typing import List, NamedTuple, Optional, Sequence, Tuple, cast

from clawtui_runner import asking, systemd
from clawtui_runner.asking import Target
from clawtui_runner.fault import Fault, Record
from clawtui_runner.params import Params
from clawtui_runner.step import Step

BETWEEN_S = 0.2
ANSWER_S = 5.0


class Health(NamedTuple):
    """What is asked."""

    path: str
    within_s: float
    times: int
    every_s: float
    golden: Optional[Params]


def health(asked: Params) -> Health:
    """From a step's `ready`."""
    return Health(
        asked.text("path", ""),
        asked.number("within_s", 60.0),
        max(1, asked.whole("times", 3)),
        asked.number("every_s", 1.0),
        asked.table("golden") if "golden" in asked else None,
    )


def wait(step: Step, unit: str, target: Target, wanted: Health, born: str = "") -> str:
    """Until it is healthy; Fault with the unit's last lines when it is not in time, ended, or was started anew.

    `born`: how often systemd had started it anew before; without it, as often as it has until now.
    """
    until, row, said, born = time.monotonic() + wanted.within_s, 0, "", born or restarts(unit)
    while True:
        died, begins = gone(unit, born)
        words = died or begins or ready(target, wanted, min(ANSWER_S, step.left))
        row = 0 if words else row + 1
        if row >= wanted.times:
            break
        if words and words != said:
            step.say(words)
        said = words or said
        if died or time.monotonic() > until:
            raise Fault("failed", _failure(unit, died or said or "not often enough in a row", wanted))
        time.sleep(min(step.left, BETWEEN_S if words else wanted.every_s))
    if wanted.golden is not None:
        known(unit, target, wanted.golden, step.left)
    return f"{unit or target.words} is healthy, {wanted.times} times in a row"


def restarts(unit: str) -> str:
    """How often systemd has started it anew."""
    return systemd.show(unit).get("NRestarts", "0") if unit and systemd.there() else "0"


def gone(unit: str, born: str) -> Tuple[str, str]:
    """Why it will not become healthy by waiting, and what is still to be waited for; both empty where it runs."""
    if not unit or not systemd.there():
        return "", ""
    state = systemd.show(unit)
    if state.get("NRestarts", "0") != born or state.get("SubState") == "auto-restart":
        return f"{unit} ended and was started anew", ""
    active = state.get("ActiveState", "")
    if active in ("failed", "inactive"):
        return f"{unit} is {active} ({state.get('Result')}, exit status {state.get('ExecMainStatus')})", ""
    return "", "" if active == "active" else f"{unit} is {active}"


def ready(target: Target, wanted: Health, timeout: float) -> str:
    """What is wrong; empty when it is ready."""
    if not target:
        return ""
    try:
        if not wanted.path:
            asking.plugged(target, timeout).close()
            return ""
        answer = asking.ask(target, wanted.path, timeout)
    except (OSError, http.client.HTTPException) as error:
        return f"{wanted.path or target.words}: no answer: {error or type(error).__name__}"
    return "" if 200 <= answer.status < 300 else f"{wanted.path} answers {answer.status}"


def known(unit: str, target: Target, golden: Params, left: float) -> None:
    """A request whose answer is known; Fault says what came instead."""
    path, within = golden.text("path"), golden.number("within_s", ANSWER_S)
    body = golden.text("body", "").encode("utf-8", "surrogateescape")
    try:
        answer = asking.ask(
            target,
            path,
            min(within, left),
            method=golden.text("method", "POST"),
            body=body or None,
            headers=golden.table("headers").words(),
        )
    except (OSError, http.client.HTTPException) as error:
        raise Fault(
            "failed", f"{path}: no answer within {within:g} s: {error or type(error).__name__}{last(unit)}"
        ) from None
    words = ""
    if answer.status != golden.whole("status", 200):
        words = f"answers {answer.status}, not {golden.whole('status', 200)}"
    elif answer.seconds > within:
        words = f"took {answer.seconds:.2f} s, allowed are {within:g}"
    elif not expected(answer.body, golden.text("expect", ""), golden.number("tolerance", 0.0)):
        words = f"answers {answer.body[:200].decode('utf-8', 'replace')!r}, expected is {golden.text('expect')[:200]!r}"
    if words:
        raise Fault("failed", f"{path}: {words}{last(unit)}")


def expected(body: bytes, expect: str, tolerance: float) -> bool:
    """JSON that is equal, numbers within the tolerance; or text that is contained."""
    if not expect:
        return True
    try:
        wanted: object = json.loads(expect)
    except ValueError:
        return expect.encode() in body
    try:
        return _equal(json.loads(body.decode()), wanted, tolerance)
    except ValueError:
        return expect.encode() in body


def _equal(found: object, wanted: object, tolerance: float) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        one, other = cast("Record", found), cast("Record", wanted)
        return set(one) == set(other) and all(_equal(one[key], other[key], tolerance) for key in other)
    if isinstance(wanted, list) and isinstance(found, list):
        ours, theirs = cast("List[object]", found), cast("List[object]", wanted)
        return len(ours) == len(theirs) and all(_equal(a, b, tolerance) for a, b in zip(ours, theirs))
    if isinstance(wanted, bool) != isinstance(found, bool):
        return False
    if isinstance(wanted, (int, float)) and isinstance(found, (int, float)):
        return abs(found - wanted) <= tolerance
    return found == wanted


def last(unit: str) -> str:
    """The last lines of its journal, for the end of a sentence."""
    lines = telling(systemd.tail(unit, 40)) if unit and systemd.there() else ()
    return f"; {unit} last said: {' · '.join(lines)[-400:]}" if lines else ""


def telling(lines: Sequence[str], most: int = 3) -> Sequence[str]:
    """The last ones that say something: of a traceback its error, not its frames, which are the indented lines."""
    outer = [line.strip() for line in lines if line.strip() and not line[:1].isspace()]
    return outer[-most:] or [line.strip() for line in lines if line.strip()][-most:]


def _failure(unit: str, words: str, wanted: Health) -> str:
    return f"not healthy within {wanted.within_s:g} s: {words}{last(unit)}"
