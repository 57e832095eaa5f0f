"""What a subscriber may ask, one function a request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from clawtui_agent import ranges
from clawtui_agent.config import ConfigWrong
from clawtui_agent.hello import encode
from clawtui_agent.history import History
from clawtui_agent.shape import is_list, is_table
from clawtui_agent.subscriber import Subscriber
from clawtui_agent.tiers import HOURS, MINUTES, SECONDS
from clawtui_agent.top import MOST, Top, read_body

MOST_COLUMNS = 256
DAY = 86_400
LONGEST = {SECONDS: 7 * DAY, MINUTES: 400 * DAY, HOURS: 4000 * DAY}  # seconds: no ring reaches further back


class Answering(Protocol):
    """The part of an agent that requests look at."""

    history: History | None
    top: Top

    def reload(self) -> None:
        """Read the configuration file again; raises ConfigWrong."""
        ...

    def discover(self, done: Callable[[list[dict[str, Any]], list[str]], None]) -> None:
        """Look around for services; `done(rows, notes)` is called later. Raises Busy."""
        ...


class Busy(Exception):
    """It is being done already for somebody else."""


class Wrong(Exception):
    """The request can't be answered, and why."""


def answer(agent: Answering, subscriber: Subscriber, message: dict[str, Any]) -> None:
    """One request: an object with one known name in it."""
    name = next((key for key in message if key in REQUESTS), None)
    fields = next(iter(message.values())) if name is None else message[name]
    if name is None and is_table(fields):  # of a newer clawtui, perhaps: said, and no reason to hang up
        subscriber.error(_id(fields), f"unknown request; there are {', '.join(REQUESTS)}")
        return
    if name is None or not is_table(fields):
        subscriber.bad(f"not a request; there are {', '.join(REQUESTS)}")
        return
    try:
        REQUESTS[name](agent, subscriber, fields)
    except Wrong as error:
        subscriber.error(_id(fields), str(error))
    except Exception as error:  # noqa: BLE001 - the edge of a request: it must not end the agent
        subscriber.error(_id(fields), f"our fault: {type(error).__name__}: {error}")


def _live(_agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    every = fields.get("every", 1)
    if isinstance(every, bool) or not isinstance(every, int) or not 0 <= every <= 3600:
        raise Wrong("live.every: a whole number of seconds from 0 to 3600")
    subscriber.begin(every)


def _watch(_agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    subscriber.watching = fields.get("on") is True


def _ping(_agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    subscriber.say(encode({"pong": {"id": _id(fields), "clock": round(time.time(), 3)}}))


def _range(agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    if agent.history is None:
        raise Wrong("there are no rings here; the notes of the hello line say why")
    subscriber.answer(ranges.answer(agent.history, _wanted(fields)))


def _top(agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    at = fields.get("at")
    if at is None:
        agent.top.look(time.monotonic())
        rows = [heavy.row() for heavy in agent.top.heaviest(MOST // 2, commands=True)]
        subscriber.say(encode({"top": {"id": _id(fields), "at": round(time.time(), 3), "processes": rows, "note": ""}}))
        return
    moment = _number(fields, "at")
    found = agent.history.read_top(moment) if agent.history else None
    note = "" if found else "nothing recorded then" if agent.history else "there is no process ring here"
    when, rows = (found[0], [heavy.row() for heavy in read_body(found[1])]) if found else (moment, [])
    subscriber.say(encode({"top": {"id": _id(fields), "at": when, "processes": rows, "note": note}}))


def _discover(agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    number = _id(fields)

    def done(rows: list[dict[str, Any]], notes: list[str]) -> None:
        subscriber.say(encode({"discover": {"id": number, "rows": rows, "notes": notes}}))

    try:
        agent.discover(done)
    except Busy as error:
        raise Wrong(str(error)) from error


def _reload(agent: Answering, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    try:
        agent.reload()
    except ConfigWrong as error:
        raise Wrong(str(error)) from error
    subscriber.say(encode({"reloaded": {"id": _id(fields)}}))


def _wanted(fields: dict[str, Any]) -> ranges.Wanted:
    tier = fields.get("tier")
    if tier not in LONGEST:
        raise Wrong(f"range.tier: {' or '.join(LONGEST)}")
    columns = fields.get("columns")
    pairs = columns if is_list(columns) else []
    if not 0 < len(pairs) <= MOST_COLUMNS:
        raise Wrong(f"range.columns: a list of 1 to {MOST_COLUMNS} pairs of scope and name")
    now = int(time.time())
    last = min(int(_number(fields, "to")), now)
    first = max(int(_number(fields, "from")), now - LONGEST[tier])
    if first > last:
        raise Wrong("range: nothing that could be recorded lies between from and to")
    points = int(_number(fields, "points")) if "points" in fields else 300
    if points < 0:
        raise Wrong("range.points: 0 for everything, or how many steps at most")
    return ranges.Wanted(_id(fields), tier, first, last, points, [_name(pair) for pair in pairs])


def _name(pair: Any) -> tuple[str, str]:
    if is_list(pair) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str):
        return pair[0], pair[1]
    raise Wrong("range.columns: each is a pair of scope and name")


def _number(fields: dict[str, Any], key: str) -> float:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:
        raise Wrong(f"{key}: must be a number")
    return float(value)


def _id(fields: dict[str, Any]) -> int | None:
    number = fields.get("id")
    return number if isinstance(number, int) else None


REQUESTS: dict[str, Callable[[Answering, Subscriber, dict[str, Any]], None]] = {
    "live": _live,
    "watch": _watch,
    "ping": _ping,
    "range": _range,
    "top": _top,
    "reload": _reload,
    "discover": _discover,
}
