"""What a subscriber may ask, one function a request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clawtui_agent.hello import encode
from clawtui_agent.subscriber import Subscriber

if TYPE_CHECKING:
    from clawtui_agent.agent import Agent


class Wrong(Exception):
    """The request can't be answered, and why."""


def answer(agent: Agent, subscriber: Subscriber, message: dict[str, Any]) -> None:
    """One request: an object with one known name in it."""
    name = next((key for key in message if key in REQUESTS), None)
    fields = message.get(name) if name else None
    if name is None or not isinstance(fields, dict):
        subscriber.bad(f"unknown request; there are {', '.join(REQUESTS)}")
        return
    try:
        REQUESTS[name](agent, subscriber, fields)
    except Wrong as error:
        subscriber.error(_id(fields), str(error))


def _live(agent: Agent, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    every = fields.get("every", 1)
    if isinstance(every, bool) or not isinstance(every, int) or not 0 <= every <= 3600:
        raise Wrong("live.every: a whole number of seconds from 0 to 3600")
    subscriber.begin(every)


def _watch(agent: Agent, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    subscriber.watching = fields.get("on") is True


def _ping(agent: Agent, subscriber: Subscriber, fields: dict[str, Any]) -> None:
    subscriber.say(encode({"pong": {"id": _id(fields), "clock": round(time.time(), 3)}}))


def _id(fields: dict[str, Any]) -> int | None:
    number = fields.get("id")
    return number if isinstance(number, int) else None


REQUESTS: dict[str, Callable[[Agent, Subscriber, dict[str, Any]], None]] = {
    "live": _live,
    "watch": _watch,
    "ping": _ping,
}
