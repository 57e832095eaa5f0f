"""Asks every collector in its turn and puts their values side by side; one that fails costs its own columns only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clawtui_agent.reading import NO_PERMISSION, Column, Now, Value
from clawtui_agent.world import Collector

INFINITE = float("inf")


class Source:
    """One collector with what it last said."""

    def __init__(self, subject: str, collector: Collector, phase: int) -> None:
        self.subject = subject
        self.collector = collector
        self.columns = collector.columns
        self.missing: list[str] = [""] * len(self.columns)
        self.numbers: list[float | None] = [None] * len(self.columns)
        self.failure = ""
        self._phase = phase % collector.every
        self._read_at: int | None = None

    def due(self, at: int) -> bool:
        """Slow collectors take turns, so that no second has to carry all of them."""
        return (
            self._read_at is None
            or at % self.collector.every == self._phase
            or at - self._read_at >= self.collector.every
        )

    def read(self, now: Now) -> bool:
        """Ask it; True when columns or reasons changed."""
        self._read_at = now.at
        try:
            values: Sequence[Value] = self.collector.read(now)
            self.failure = ""
        except PermissionError:
            values, self.failure = [NO_PERMISSION] * len(self.collector.columns), NO_PERMISSION
        except Exception as error:  # noqa: BLE001 - the edge of a collector: its columns say what went wrong
            self.failure = f"{type(error).__name__}: {error}"[:200]
            values = [self.failure] * len(self.collector.columns)
        return self._take(values)

    def expire(self, at: int) -> None:
        """A value is repeated for its own period, not longer."""
        if self._read_at is None or at - self._read_at > self.collector.every:
            self.numbers = [None] * len(self.columns)

    def stop(self) -> None:
        """Let go of descriptors, where the collector holds any."""
        close = getattr(self.collector, "close", None)
        if close is not None:
            close()

    def _take(self, values: Sequence[Value]) -> bool:
        missing = [value if isinstance(value, str) else "" for value in values]
        self.numbers = [_number(value) for value in values]
        changed = missing != self.missing or self.collector.columns is not self.columns
        if self.collector.columns is not self.columns:
            self.columns = self.collector.columns
        self.missing = missing
        return changed


class Sampler:
    """The columns in force, and one row of numbers a tick."""

    def __init__(self, sources: list[Source], tell: Callable[[str, str, str], None]) -> None:
        self._sources = sources
        self._tell = tell
        self.rev = 1
        self.columns: list[Column] = []
        self.missing: list[str] = []
        self._gather()

    def sample(self, now: Now, *, everything: bool = False) -> list[float | None]:
        """Read what is due; `rev` has grown when the columns are others than before."""
        changed = False
        for source in self._sources:
            if everything or source.due(now.at):
                failure = source.failure
                changed = source.read(now) or changed
                if source.failure and source.failure != failure:
                    scope = source.columns[0].scope if source.columns else "host"
                    self._tell("collector-failed", scope, f"{source.subject}: {source.failure}")
            else:
                source.expire(now.at)
        if changed:
            self.rev += 1
            self._gather()
        return [number for source in self._sources for number in source.numbers]

    def replace(self, sources: list[Source]) -> None:
        """Other collectors, after the configuration changed."""
        self.stop()
        self._sources = sources
        self.rev += 1
        self._gather()

    def stop(self) -> None:
        """Let go of what collectors hold open."""
        for source in self._sources:
            source.stop()

    def bump(self) -> None:
        """Something else that the hello line says has changed."""
        self.rev += 1

    def _gather(self) -> None:
        self.columns = [column for source in self._sources for column in source.columns]
        self.missing = [words for source in self._sources for words in source.missing]


def _number(value: Value) -> float | None:
    """Infinity and NaN are no values: JSON has no word for them."""
    if value is None or isinstance(value, str):
        return None
    return value if -INFINITE < value < INFINITE else None
