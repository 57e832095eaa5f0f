"""What goes wrong on a host: a code for the coordinator, words for people."""

import errno
from typing import Dict, Optional

Record = Dict[str, object]


class Fault(Exception):
    """One of: failed, deadline, conflict, nospace, fence, locked, refused."""

    def __init__(self, code: str, words: str, more: Optional[Record] = None) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.more = more or {}

    def record(self) -> Record:
        """As it is sent."""
        return {"code": self.code, "words": self.words, **self.more}


def of_os(error: OSError) -> Fault:
    """A failure of the operating system in its own words, with the path."""
    where = f"{error.filename}: " if error.filename else ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Fault("nospace" if full else "failed", f"{where}{error.strerror or error}")
