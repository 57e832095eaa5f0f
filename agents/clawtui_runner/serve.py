"""The life of a line: one thread reads and answers beats at once, one carries out, one writes.

When the engine is gone, the step under way is finished and journalled, then the process ends and the lock is free.
"""

import os
import queue
import signal
import sys
import threading
import time
from typing import Optional

from clawtui_runner.fault import Fault, Record
from clawtui_runner.session import Session, hello
from clawtui_runner.wire import Writer, messages

SILENCE_S = 30.0  # without a word from the engine a lock is given back: a line that was cut tells nobody
FLUSH_S = 5.0
LOOK_S = 1.0
CHANGING = ("lock", "apply", "undo", "record", "fire")  # not begun any more once the engine has hung up


def serve(into: int, out: int, silence_s: float = SILENCE_S) -> int:
    """Until the engine hangs up."""
    os.umask(0o022)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _, __: sys.exit(1))  # somebody takes the lock: the program under way is ended
    writer = Writer(out)
    session = Session(writer.out)
    waiting: "queue.Queue[Optional[Record]]" = queue.Queue()
    writer.send(hello())
    gone = threading.Event()

    def read() -> None:
        _read(into, session, writer, waiting, silence_s)
        gone.set()
        waiting.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    for message in iter(waiting.get, None):
        if gone.is_set() and message.get("do") in CHANGING:
            continue
        writer.send(session.answer(message))
    writer.close(FLUSH_S)
    return 0


def _read(
    into: int, session: Session, writer: Writer, waiting: "queue.Queue[Optional[Record]]", silence_s: float
) -> None:
    heard = time.monotonic()
    for message in messages(into, LOOK_S):
        if message is None:
            if session.locked and time.monotonic() - heard > silence_s:
                break
            continue
        heard = time.monotonic()
        if isinstance(message, str):
            writer.send({"id": None, "ok": False, "error": Fault("refused", message).record()})
        elif message.get("do") == "beat":
            writer.send(session.answer(message))
        else:
            waiting.put(message)


def main_serve(silence_s: float = SILENCE_S) -> int:
    """On standard input and output. What a program of ours prints by mistake must not look like a message."""
    out = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return serve(0, out, silence_s)
