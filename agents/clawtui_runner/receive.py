"""`receive PLACE SHA256 SIZE OFFSET`: raw bytes on standard input become a blob; one line of JSON says how it went."""

import json
import os
import select
import sys
from typing import List

from clawtui_runner import place
from clawtui_runner.bytes_in import PIECE, Arrival
from clawtui_runner.fault import Fault, Record, of_os

SILENCE_S = 60.0
# a line that was cut tells nobody: who has heard nothing for so long lets go of the bytes, or nobody could go on with them


def main_receive(words: List[str]) -> int:
    """0 when the blob is there."""
    os.umask(0o022)
    answer: Record
    try:
        folder, sha256, size, offset, *silence = words
        silence_s = float(silence[1]) if silence[:1] == ["--silence"] and len(silence) == 2 else SILENCE_S
        answer = {"ok": True, **receive(folder, sha256, int(size), int(offset), silence_s)}
    except Fault as fault:
        answer = {"ok": False, "error": fault.record()}
    except OSError as error:
        answer = {"ok": False, "error": of_os(error).record()}
    except ValueError:
        answer = {"ok": False, "error": {"code": "refused", "words": "usage: receive PLACE SHA256 SIZE OFFSET"}}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 0 if answer["ok"] else 1


def receive(folder: str, sha256: str, size: int, offset: int, silence_s: float = SILENCE_S) -> Record:
    """What came is kept; `have` in a refusal says where to go on."""
    where = place.of(os.path.basename(folder), folder)
    if where.blob(sha256).exists():
        return {"sha256": sha256, "size": where.blob(sha256).stat().st_size, "have": size}
    with Arrival(where, sha256, size) as arrival:
        try:
            if offset > arrival.have:
                raise Fault("refused", f"{arrival.part}: only {arrival.have} bytes are there, not {offset}")
            arrival.back_to(offset)
            arrival.needs_room()
            room = memoryview(bytearray(PIECE))
            while arrival.have < size:
                heard = select.select([0], [], [], silence_s)[0]
                came = os.readv(0, [room]) if heard else 0
                if not came:
                    break
                arrival.add(room[:came])
            arrival.whole()
        except Fault as fault:
            raise Fault(fault.code, fault.words, {"have": arrival.have if arrival.part.exists() else 0}) from fault
    return {"sha256": sha256, "size": size, "have": size}
