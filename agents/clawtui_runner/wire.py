"""Lines of JSON to and from the engine. Nobody at the other end may hold up a step: what can't be sent waits or is dropped."""

import json
import os
import select
import threading
from collections import deque
from typing import Deque, Iterator, Optional, Union, cast

from clawtui_runner.fault import Record

PENDING = 2000  # lines of output that wait for a slow reader before they are dropped
LONGEST = 64 * 1024 * 1024  # a message; the files of a large release are one


class Writer:
    """Answers are kept until they are sent; output is dropped, and counted, where nobody reads it."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._lines: Deque[bytes] = deque()
        self._dropped = 0
        self._ready = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, message: Record) -> None:
        """An answer or an event."""
        self._put(message, must=True)

    def out(self, number: object, line: str) -> None:
        """A line of a step's output."""
        self._put({"id": number, "out": line}, must=False)

    def close(self, within_s: float) -> None:
        """Send what waits, but not for ever."""
        with self._ready:
            self._open = False
            self._ready.notify()
        self._thread.join(within_s)

    def _put(self, message: Record, must: bool) -> None:
        with self._ready:
            if not must and len(self._lines) >= PENDING:
                self._dropped += 1
                return
            if self._dropped and "out" in message:
                said = {"id": message.get("id"), "out": f"… {self._dropped} lines were not read in time"}
                self._lines.append(json.dumps(said).encode() + b"\n")
                self._dropped = 0
            self._lines.append(json.dumps(message).encode() + b"\n")
            self._ready.notify()

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._lines and self._open:
                    self._ready.wait()
                if not self._lines:
                    return
                data = b"".join(self._lines)
                self._lines.clear()
            try:
                while data:
                    data = data[os.write(self._handle, data) :]
            except OSError:
                # the engine is gone; the step goes on, the journal tells of it
                self._handle = os.open(os.devnull, os.O_WRONLY)


def messages(handle: int, waiting_s: float) -> Iterator[Union[Record, str, None]]:
    """Each message, a sentence about a line that is none, None when nothing came for a while; ends with the engine."""
    data = b""
    while True:
        if not select.select([handle], [], [], waiting_s)[0]:
            yield None
            continue
        try:
            piece = os.read(handle, 1 << 20)
        except OSError:
            return
        if not piece or len(data) > LONGEST:
            return
        data += piece
        *lines, data = data.split(b"\n")
        for line in lines:
            if line.strip():
                yield decoded(line) or "a line that is no JSON object; is this engine of another version?"


def decoded(line: bytes) -> Optional[Record]:
    """A message, or None."""
    try:
        value: object = json.loads(line.decode())
    except ValueError:
        return None
    return cast("Record", value) if isinstance(value, dict) else None
