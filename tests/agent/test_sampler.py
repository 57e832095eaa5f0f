"""One collector's trouble is its own."""

from typing import Any

from clawtui_agent.reading import Column, Now, Rate, Value
from clawtui_agent.sampler import Sampler, Source


class Fake:
    """Says what the test wants."""

    def __init__(self, *names: str, every: int = 1) -> None:
        self.every = every
        self.columns = tuple(Column("host", name, "count", float(every)) for name in names)
        self.said: Any = [1.0] * len(names)

    def read(self, _now: Now) -> list[Value]:
        if isinstance(self.said, Exception):
            raise self.said
        return list(self.said)


class Watched:
    """A sampler, its events, a clock."""

    def __init__(self, *fakes: Fake) -> None:
        self.events: list[tuple[str, str, str]] = []
        sources = [Source(f"subject{i}", fake, i) for i, fake in enumerate(fakes)]
        self.sampler = Sampler(sources, lambda *event: self.events.append(event))
        self.at = 100

    def tick(self) -> list[float | None]:
        self.at += 1
        return self.sampler.sample(Now(self.at, float(self.at), 0.0))


def test_a_collector_that_raises_costs_only_its_own_columns() -> None:
    bad, good = Fake("a", "b"), Fake("c")
    watched = Watched(bad, good)
    assert watched.tick() == [1.0, 1.0, 1.0]
    bad.said = ZeroDivisionError("by zero")
    assert watched.tick() == [None, None, 1.0]
    assert watched.sampler.missing == ["ZeroDivisionError: by zero"] * 2 + [""]
    assert watched.events == [("collector-failed", "host", "subject0: ZeroDivisionError: by zero")]
    watched.tick()
    assert len(watched.events) == 1, "said once, not each second"
    bad.said = [2.0, 3.0]
    assert watched.tick() == [2.0, 3.0, 1.0]
    assert watched.sampler.missing == ["", "", ""]


def test_what_may_not_be_read_is_no_permission_and_never_zero() -> None:
    fake = Fake("a")
    watched = Watched(fake)
    fake.said = PermissionError(13, "denied")
    assert watched.tick() == [None]
    assert watched.sampler.missing == ["no permission"]


def test_a_value_may_be_missing_for_a_reason_of_its_own() -> None:
    fake = Fake("a", "b")
    watched = Watched(fake)
    watched.tick()
    rev = watched.sampler.rev
    fake.said = [1.0, "not offered"]
    assert watched.tick() == [1.0, None]
    assert watched.sampler.rev == rev + 1
    watched.tick()
    assert watched.sampler.rev == rev + 1


def test_columns_that_come_and_go_raise_the_revision() -> None:
    fake = Fake("a")
    watched = Watched(fake, Fake("z"))
    watched.tick()
    rev = watched.sampler.rev
    fake.columns = (*fake.columns, Column("mount:/data", "mount.free", "bytes", 5.0))
    fake.said = [1.0, 2.0]
    assert watched.tick() == [1.0, 2.0, 1.0]
    assert watched.sampler.rev == rev + 1
    assert [c.name for c in watched.sampler.columns] == ["a", "mount.free", "z"]


def test_a_slow_column_repeats_for_its_period() -> None:
    slow = Fake("a", every=5)
    watched = Watched(slow)
    slow.said = [1.0]
    watched.tick()
    slow.said = [2.0]
    rows = [watched.tick()[0] for _ in range(5)]
    assert rows[-1] == 2.0
    assert set(rows) <= {1.0, 2.0}


def test_after_a_pause_a_slow_column_is_read_not_repeated() -> None:
    slow = Fake("a", every=5)
    watched = Watched(slow)
    watched.tick()
    watched.at += 100
    slow.said = [9.0]
    assert watched.tick() == [9.0]


def test_infinity_and_nan_are_no_values() -> None:
    fake = Fake("a", "b", "c")
    fake.said = [float("inf"), float("nan"), 1.0]
    assert Watched(fake).tick() == [None, None, 1.0]


def test_a_counter_that_goes_back_was_reset_and_counts_as_nothing() -> None:
    rate = Rate()
    assert rate(10.0, 1.0) is None
    assert rate(30.0, 3.0) == 10.0
    assert rate(5.0, 4.0) == 0.0
    assert rate(6.0, 5.0) == 1.0
