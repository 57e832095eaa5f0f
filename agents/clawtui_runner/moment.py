"""Time that nobody can set: the kernel's monotonic clock, and which boot it counts from."""

import time
from pathlib import Path
from typing import Optional

from clawtui_runner.fault import Record


def boot() -> str:
    """The running boot's own name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def stamp() -> Record:
    """What `age` measures from later, also in another process."""
    return {"boot": boot(), "monotonic": time.monotonic(), "at": time.time()}


def age(record: Record) -> Optional[float]:
    """Seconds since a stamp of this boot; None where the host was started anew since."""
    then = record.get("monotonic")
    if record.get("boot") != boot() or not isinstance(then, (int, float)):
        return None
    return max(0.0, time.monotonic() - then)
