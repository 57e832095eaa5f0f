"""A host that is switched and hears nothing goes back by itself: a timer of systemd's, on disk before the switch.

`armed.json` says whether there is anything to go back from; the units alone do nothing without it.
The timer counts monotonic seconds from its own start, so no step of the wall clock matters,
and it is enabled, so a host that is started anew in the gap waits for T once more and then goes back.
"""

import fcntl
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Generator, Optional

from clawtui_runner import disk, moment, systemd
from clawtui_runner.fault import Fault, Record
from clawtui_runner.place import Place

SERVICE = """\
[Unit]
Description=clawtui: {service} goes back, nobody kept rollout {rollout}

[Service]
Type=simple
ExecStart={python} -I -S {program} revert {folder} {rollout} {fence}
Restart=on-failure
RestartSec=5
"""
TIMER = """\
[Unit]
Description=clawtui: {service} goes back unless rollout {rollout} is kept or gives a sign within {after} s

[Timer]
OnActiveSec={after}
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def unit(place: Place, kind: str) -> str:
    """The name of its timer or service."""
    return f"clawtui-deadman-{place.service}.{kind}"


def arm(place: Place, record: Record, after_s: float, rollout: str, fence: int) -> None:
    """On disk and counting when this returns."""
    words = {
        "service": place.service,
        "folder": quoted(str(place.folder)),
        "rollout": rollout,
        "fence": fence,
        "after": f"{after_s:g}",
        "python": sys.executable,
        "program": quoted(sys.argv[0]),
    }
    if not systemd.there():
        raise Fault(
            "refused", "this host has no systemd: no dead-man can be armed; plan it without one (no auto-revert)"
        )
    whole: Record = {**record, **moment.stamp(), "version": 1, "after_s": after_s, "rollout": rollout, "fence": fence}
    other = armed(place)
    if other is not None and other.get("rollout") != rollout:
        raise Fault(
            "refused", f"rollout {other.get('rollout')} can still go back here by itself; keep it or undo it first"
        )
    with _alone(place):
        for kind, text in (("service", SERVICE), ("timer", TIMER)):
            disk.write(systemd.UNITS / unit(place, kind), text.format(**words).encode())
        disk.keep(_file(place), whole, 0o600)
        for command in (("daemon-reload",), ("enable", unit(place, "timer")), ("restart", unit(place, "timer"))):
            result = systemd.ctl(*command)
            if result.status:
                _forget(place)
                said = f"systemctl {' '.join(command)}: {result.tail()}"
                raise Fault("failed", f"{said}; the dead-man is not armed and nothing was switched")


def armed(place: Place) -> Optional[Record]:
    """What it would go back from, with the seconds that are left; None where nothing is armed."""
    record = disk.read(_file(place))
    return None if record is None else {**record, "left_s": left(record)}


def left(record: Record) -> float:
    """Seconds until it fires, by the monotonic clock."""
    after = record.get("after_s")
    whole = float(after) if isinstance(after, (int, float)) else 0.0
    gone = moment.age(record)
    return round(max(0.0, whole - (time.monotonic() if gone is None else gone)), 1)


def renew(place: Place) -> Optional[float]:
    """A sign of life; the timer itself starts anew each T/4. None where nothing is armed."""
    with _alone(place):
        return _renewed(place)


def _renewed(place: Place) -> Optional[float]:
    record = armed(place)
    if record is None:
        return None
    gone, after = moment.age(record), record.get("after_s")
    whole = float(after) if isinstance(after, (int, float)) else 0.0
    if gone is None or gone >= whole / 4:
        result = systemd.ctl("restart", unit(place, "timer"))
        if result.status:
            return left(record)
        record = {key: value for key, value in {**record, **moment.stamp()}.items() if key != "left_s"}
        disk.keep(_file(place), record, 0o600)
    return left(record)


def disarm(place: Place) -> bool:
    """Nothing will go back by itself any more. The file goes last: without it a timer that fires in between does nothing."""
    with _alone(place):
        there = _file(place).exists()
        _forget(place)
        return there


def _forget(place: Place) -> None:
    disk.remove(_file(place))
    if systemd.there():
        systemd.ctl("disable", "--now", unit(place, "timer"))
        for kind in ("timer", "service"):
            disk.remove(systemd.UNITS / unit(place, kind))
        systemd.ctl("daemon-reload")


@contextmanager
def _alone(place: Place) -> Generator[None, None, None]:
    """A beat comes on a thread of its own: it must not bring back what is being disarmed."""
    handle = os.open(str(disk.folder(place.claw, 0o700)), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def quoted(path: str) -> str:
    """One word of a command line in a unit, whatever is in it."""
    inside = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{inside}"'


def _file(place: Place) -> Path:
    return place.claw / "armed.json"
