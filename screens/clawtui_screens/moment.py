"""A moment as people type it: `03:08`, `03:08:10`, `-6m`, `yesterday 14:00`, `2026-11-22 03:08:10`, `now`; pure."""

import re
from datetime import datetime, timedelta, tzinfo

from clawtui.errors import UsageError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BACK = re.compile(r"[-\u2212](?:\d+[smhd])+|(?:\d+[smhd])+ ago")
PART = re.compile(r"(\d+)([smhd])")
CLOCK = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2}|yesterday|today)[ T]+)?(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}))?Z?"
)
ALLOWED = "03:08, 03:08:10, -6m, -1h30m, yesterday 03:08, 2026-11-22 03:08:10 or now"


def parse(words: str, now: float, zone: tzinfo) -> float | None:
    """Unix time, or None for live; a time of day that has not come yet is yesterday's."""
    typed = words.strip().lower()
    if typed in {"", "now", "live"}:
        return None
    if BACK.fullmatch(typed):
        return now - sum(int(n) * SECONDS[unit] for n, unit in PART.findall(typed))
    found = CLOCK.fullmatch(typed.upper().replace("YESTERDAY", "yesterday").replace("TODAY", "today"))
    if found is None:
        raise UsageError(f"“{words.strip()[:40]}” is no moment: write {ALLOWED}")
    here = datetime.fromtimestamp(now, zone)
    try:
        at = here.replace(hour=int(found["h"]), minute=int(found["m"]), second=int(found["s"] or 0), microsecond=0)
        if (day := found["day"]) == "yesterday":
            at -= timedelta(days=1)
        elif day and day != "today":
            at = datetime.combine(datetime.fromisoformat(day).date(), at.timetz())
    except ValueError as e:
        raise UsageError(f"“{words.strip()[:40]}” is no moment: {e}") from e
    if at.timestamp() > now and found["day"] is None:
        at -= timedelta(days=1)
    if at.timestamp() > now:
        raise UsageError(f"“{words.strip()[:40]}” has not come yet: write {ALLOWED}")
    return at.timestamp()
