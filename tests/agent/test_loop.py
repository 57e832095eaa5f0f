"""Ticks follow the wall clock, whatever is done to it."""

import os
import select
import time
from collections.abc import Iterator

from clawtui_agent.loop import Loop, Ticker


class Clocks:
    """Wall and steady, moved by the test."""

    def __init__(self) -> None:
        self.wall, self.steady = 91000.25, 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def ticker(self) -> Ticker:
        return Ticker(lambda: self.wall, lambda: self.steady)


def test_ticks_fall_on_whole_seconds() -> None:
    clocks = Clocks()
    ticker = clocks.ticker()
    assert ticker.wait() == 0.75
    clocks.pass_(0.76)
    assert ticker.wait() == 0.0
    at, lateness = ticker.take()
    assert at == 91001
    assert round(lateness, 3) == 0.01
    assert ticker.next == 91002


def test_missed_ticks_are_missed_and_not_repeated() -> None:
    clocks = Clocks()
    ticker = clocks.ticker()
    clocks.pass_(5.0)
    assert ticker.step() == 0.0
    at, lateness = ticker.take()
    assert at == 91005
    assert lateness > 4.0
    assert ticker.next == 91006


def test_a_clock_set_back_an_hour_does_not_stop_the_ticks() -> None:
    clocks = Clocks()
    ticker = clocks.ticker()
    clocks.wall -= 3600
    assert ticker.wait() <= 1.0, "even before it is noticed"
    assert ticker.step() == -3600
    assert ticker.wait() <= 1.0
    clocks.pass_(1.0)
    assert ticker.take()[0] == 91001 - 3600


def test_a_clock_set_forward_is_a_step_and_not_lateness() -> None:
    clocks = Clocks()
    ticker = clocks.ticker()
    clocks.wall += 120
    assert ticker.step() == 120
    clocks.pass_(0.8)
    at, lateness = ticker.take()
    assert at == 91121
    assert lateness < 0.1


def test_long_work_lets_others_have_their_turn() -> None:
    loop = Loop()
    receive, send = os.pipe()
    seen: list[bytes] = []

    def ready(_: int) -> None:
        seen.append(os.read(receive, 10))

    loop.watch(receive, select.POLLIN, ready)
    steps = 0

    def job() -> Iterator[bool]:
        nonlocal steps
        while steps < 1000:
            steps += 1
            time.sleep(0.001)
            yield True

    loop.work(job())
    os.write(send, b"x")
    loop.turn(1.0)
    assert seen
    assert steps < 100
    loop.forget(receive)
    os.close(receive)
    os.close(send)
