"""Bytes by their digest in the store: streamed by the engine beforehand, or fetched from an address that is handed over."""

import concurrent.futures
import urllib.error
import urllib.request
from pathlib import Path
from typing import Tuple

from clawtui_runner.bytes_in import Arrival
from clawtui_runner.fault import Fault
from clawtui_runner.step import Check, Done, Step

RANGE = 8 << 20
AT_ONCE = 4
ANSWER_S = 30.0


def check(step: Step) -> Check:
    """One stat: what has its name was hashed."""
    blob, name = _blob(step)
    if blob.exists():
        return Check("same", f"{name} is there")
    part = step.place.partial(step.params.text("sha256"))
    have = part.stat().st_size if part.exists() else 0
    size = step.params.whole("size")
    return Check("differs", f"{name}: {size - have} of {size} bytes to bring", (f"+ {name} ({size} bytes)",))


def apply(step: Step) -> Done:
    """Fetch what is missing, several ranges at once, written in order, so that what came can be gone on with."""
    blob, name = _blob(step)
    if blob.exists():
        return Done(False, f"{name} is there")
    if "url" not in step.secret:
        raise Fault("refused", f"{name}: not here; it has to be streamed first")
    with Arrival(step.place, step.params.text("sha256"), step.params.whole("size")) as arrival:
        arrival.needs_room()
        before = arrival.have
        _fetch(step, arrival)
        arrival.whole(lambda: step.left)
        return Done(True, f"{name}: {arrival.size - before} bytes fetched")


def undo(step: Step) -> Done:
    """It stays until nothing names it: prune takes it away."""
    return Done(False, f"{_blob(step)[1]} stays")


def _blob(step: Step) -> Tuple[Path, str]:
    return step.place.blob(step.params.text("sha256")), step.params.text("name", "blob")


def _fetch(step: Step, arrival: Arrival) -> None:
    url = step.secret["url"]
    offsets = range(arrival.have, arrival.size, RANGE)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(0, len(offsets), AT_ONCE):
            starts = offsets[first : first + AT_ONCE]
            ranges = [(start, min(start + RANGE, arrival.size)) for start in starts]
            pieces = [pool.submit(_range, url, start, end, step.left) for start, end in ranges]
            for piece in pieces:
                arrival.add(piece.result())
                step.say(f"{arrival.have} of {arrival.size} bytes")


def _range(url: str, start: int, end: int, left: float) -> bytes:
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-{end - 1}"})  # noqa: S310 - the engine's
    try:
        with urllib.request.urlopen(request, timeout=min(ANSWER_S, left)) as answer:  # noqa: S310
            if answer.status != 206 and (start, answer.status) != (0, 200):
                raise Fault("failed", f"the source answered {answer.status} to a range of bytes; stream it instead")
            data: bytes = answer.read(end - start)
    except urllib.error.HTTPError as error:
        raise Fault(
            "failed", f"the source refused with {error.code} {error.reason}; has its address expired?"
        ) from None
    except OSError as error:
        raise Fault("failed", f"the source did not answer: {getattr(error, 'reason', error)}") from None
    if len(data) != end - start:
        raise Fault("failed", f"the source ended at byte {start + len(data)} of {end}; try again")
    return data
