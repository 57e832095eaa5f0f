"""Who hears what: bounded, and honest about what may be lost.

A publisher never waits for a reader. What a slow reader has not taken yet is treated by kind:

- *superseded*: one waiting event a slot; a newer one is folded into it (`fold`), so that the newest state always arrives;
- *kept*: waits for as long as it takes (an Action, a Prompt, a critical Notice, an outcome);
- *droppable*: the oldest goes when more than `limit` wait.
"""

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Keeping(Enum):
    """What happens to an event that its reader has not taken yet."""

    SUPERSEDED = "superseded"
    KEPT = "kept"
    DROPPABLE = "droppable"


class Feed(Generic[T]):
    """Topics and their readers, of one event loop."""

    def __init__(
        self,
        keeping: Callable[[T], Keeping],
        fold: Callable[[T, T], T],
        present: Callable[[str], Iterable[T]],
        limit: int = 256,
    ) -> None:
        self.keeping, self.fold, self.present, self.limit = keeping, fold, present, limit
        self._readers: weakref.WeakSet[Reader[T]] = weakref.WeakSet()  # one that nobody holds any more goes by itself
        self._closed = False

    def subscribe(self, *topics: str) -> "Reader[T]":
        """From now on; each topic's present state comes first."""
        reader = Reader(self, frozenset(topics))
        for topic in topics:
            for event in self.present(topic):
                reader.put(topic, event)
        if self._closed:
            reader.end()
        else:
            self._readers.add(reader)
        return reader

    def heard(self, topic: str) -> bool:
        """Does anybody listen?"""
        return any(topic in reader.topics for reader in self._readers)

    def publish(self, topic: str, event: T) -> None:
        """Hand it to every reader of the topic, at once."""
        for reader in list(self._readers):
            if topic in reader.topics:
                reader.put(topic, event)

    def forget(self, reader: "Reader[T]") -> None:
        """The reader hears no more."""
        self._readers.discard(reader)

    def close(self) -> None:
        """Readers take what waits for them, then their iteration ends."""
        self._closed = True
        for reader in list(self._readers):
            reader.end()


class Reader(AsyncIterator[T]):
    """One subscriber: iterate, and `aclose()` or just drop it when done."""

    def __init__(self, feed: Feed[T], topics: frozenset[str]) -> None:
        self.topics = topics
        self.dropped = 0
        # droppable events that this reader never saw
        self._feed = feed
        self._waiting: OrderedDict[object, T] = OrderedDict()  # slot, or a number of its own, to event: oldest first
        self._droppable: OrderedDict[object, None] = OrderedDict()
        self._number = 0
        self._wake = asyncio.Event()
        self._ended = False

    def put(self, topic: str, event: T) -> None:
        """Called by the feed only."""
        keeping = self._feed.keeping(event)
        if keeping is Keeping.SUPERSEDED:
            slot: object = (topic, type(event))
            older = self._waiting.get(slot)
            self._waiting[slot] = event if older is None else self._feed.fold(older, event)
        else:
            self._number += 1
            self._waiting[self._number] = event
            if keeping is Keeping.DROPPABLE:
                self._droppable[self._number] = None
                self._drop_excess()
        self._wake.set()

    def _drop_excess(self) -> None:
        if len(self._droppable) > self._feed.limit:
            oldest, _ = self._droppable.popitem(last=False)
            del self._waiting[oldest]
            self.dropped += 1

    def end(self) -> None:
        """Called by the feed only: nothing more will come."""
        self._ended = True
        self._wake.set()

    def __aiter__(self) -> "Reader[T]":
        return self

    async def __anext__(self) -> T:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        slot, event = self._waiting.popitem(last=False)
        self._droppable.pop(slot, None)
        return event

    async def aclose(self) -> None:
        """Hear no more; a pending iteration ends."""
        self._feed.forget(self)
        self.end()
