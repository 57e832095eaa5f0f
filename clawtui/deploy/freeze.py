"""Times when nothing is rolled out, in UTC: each week (`Fri 16:00 - Mon 08:00`), each day, or once (two dates). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOW = '"Fri 16:00 - Mon 08:00", "22:00 - 06:00" or "2026-12-23 12:00 - 2027-01-04 08:00", in UTC'
_DAY = 24 * 60
_POINT = re.compile(
    r"(?:(?P<day>[A-Za-z]{3})\s+|(?P<date>\d{4}-\d{2}-\d{2})\s+)?(?P<hour>\d{2}):(?P<minute>\d{2})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Window:
    """From a moment up to another, both within a period; or once, where the period is 0."""

    text: str
    begin: int
    # minutes since the period began; once: since the epoch
    end: int
    period: int

    def holds(self, now: datetime) -> bool:
        """Is it now?"""
        minute = int(now.timestamp() // 60)
        if not self.period:
            return self.begin <= minute < self.end
        # the epoch was a Thursday
        within = (minute + 3 * _DAY) % self.period
        over = self.begin >= self.end
        return (within >= self.begin or within < self.end) if over else self.begin <= within < self.end

    def ends(self, now: datetime) -> datetime:
        """When it is over next, seen from within."""
        if not self.period:
            return datetime.fromtimestamp(self.end * 60, UTC)
        minute = int(now.timestamp() // 60)
        left = (self.end - (minute + 3 * _DAY)) % self.period or self.period
        return datetime.fromtimestamp((minute + left) * 60, UTC)


def window(text: str) -> Window:
    """Parse one; ValueError is a sentence."""
    parts = [_POINT.fullmatch(part.strip()) for part in text.split(" - ")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        raise ValueError(f"{text!r} is no window of time: {HOW}")
    kinds = ["day" if part["day"] else "date" if part["date"] else "" for part in (parts[0], parts[1])]
    if kinds[0] != kinds[1]:
        raise ValueError(f"{text!r} names its two ends in two ways: {HOW}")
    begin, end = (_minute(part, text) for part in (parts[0], parts[1]))
    period = {"day": 7 * _DAY, "date": 0, "": _DAY}[kinds[0]]
    if begin == end or (not period and begin > end):
        raise ValueError(f"{text!r} ends {'when it begins' if begin == end else 'before it begins'}: {HOW}")
    return Window(text, begin, end, period)


def frozen(windows: Iterable[Window], now: datetime) -> Window | None:
    """The window that forbids a rollout now, the one that ends last where there are several."""
    return max((one for one in windows if one.holds(now)), key=lambda one: one.ends(now), default=None)


def _minute(point: re.Match[str], text: str) -> int:
    hour, minute = int(point["hour"]), int(point["minute"])
    if hour > 23 or minute > 59:
        raise ValueError(f"{text!r}: {point['hour']}:{point['minute']} is no time of day")
    at = hour * 60 + minute
    if point["date"]:
        try:
            date = datetime.strptime(point["date"], "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as wrong:
            raise ValueError(f"{text!r}: {point['date']} is no date") from wrong
        return int((date + timedelta(minutes=at)).timestamp() // 60)
    if not point["day"]:
        return at
    if point["day"].lower() not in DAYS:
        raise ValueError(f"{text!r}: {point['day']} is no day: {' '.join(day.title() for day in DAYS)}")
    return DAYS.index(point["day"].lower()) * _DAY + at
