"""What a certificate says: its names and its end, read by Python's own TLS library."""

import importlib
import ssl
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, cast


class Certificate(NamedTuple):
    """The first one of a file."""

    names: List[str]
    until: float
    # seconds since 1970

    @property
    def end(self) -> str:
        """Its last day."""
        return time.strftime("%Y-%m-%d", time.gmtime(self.until))


def read(path: Path) -> Optional[Certificate]:
    """None where there is none."""
    # the one way to read a file with what Python brings; in every version from 2.6 on
    library = importlib.import_module("_ssl")
    decode = cast("Callable[[str], Dict[str, object]]", vars(library)["_test_decode_cert"])
    try:
        found = decode(str(path))
    except (OSError, ssl.SSLError, ValueError):
        return None
    until = ssl.cert_time_to_seconds(str(found["notAfter"]))
    pairs = cast("List[List[str]]", found.get("subjectAltName", ()))
    return Certificate(sorted(name for _, name in pairs), float(until))
