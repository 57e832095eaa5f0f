"""A thousand hosts, a sample each a second: what the engine itself costs, without network."""

import json
import time
from collections.abc import Iterable

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.boundary import Event
from clawtui.engine.boundary.hosts import Summary
from clawtui.engine.events import fold, keeping
from clawtui.engine.frames import Frames
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import Staleness
from clawtui.feed import Feed
from clawtui.fleet.host import Host
from clawtui.metrics.line import Heard, Numbers
from clawtui.metrics.sample import Sample
from clawtui.metrics.wire import WireReader
from clawtui.places import Places
from tests.engine.doubles import hello

HOSTS = 1000
SECONDS = 2
SHARE_OF_A_CORE = 0.45
# loose: two cores shared with everything else that tests run; `python -m tests.engine.test_cost` prints the figure
COLUMNS = [
    *[["host", f"h.{number}", "ratio", 1.0, ""] for number in range(24)],
    ["host", "cpu.busy", "ratio", 1.0, ""],
    ["host", "memory.available", "bytes", 1.0, ""],
    ["service:bot", "up", "bool", 1.0, ""],
    ["service:bot", "latency.p95", "s", 1.0, ""],
    ["service:bot", "errors.ratio", "ratio", 1.0, ""],
    ["service:bot", "requests.rate", "1/s", 1.0, ""],
    *[["service:bot", f"latency.le.{number}", "1/s", 1.0, ""] for number in range(9)],
    ["mount:/", "mount.used_ratio", "ratio", 5.0, ""],
]


def nothing(topic: str) -> Iterable[Event]:
    return ()


def cost_of_a_second() -> float:
    """CPU seconds for one second of the fleet: 1,000 lines parsed, judged, kept, two frames made and published."""
    rules = load_rules(Places.of({"HOME": "/nonexistent"}))
    greeting = WireReader("x").read(json.dumps(hello(columns=COLUMNS)).encode())
    assert isinstance(greeting, Heard)
    standings: dict[str, Standing] = {}
    readers = {f"h{number}": WireReader(f"h{number}") for number in range(HOSTS)}
    for name in readers:
        standings[name] = Standing(Host(name), 0.0)
        standings[name].greet(greeting.hello, rules)
        standings[name].turn(Contact.LIVE, 0.0)
    frames = Frames(standings, Summary("c", "dev", False, None, {}, ""), Staleness(), str, lambda _: ())
    feed: Feed[Event] = Feed(keeping, fold, nothing)
    reader = feed.subscribe("fleet")
    values = [0.5] * 24 + [0.4, 8e9, 1.0, 0.2, 0.001, 80.0] + [10.5] * 9 + [0.5]
    began = time.process_time()
    for second in range(SECONDS):
        now = 1e9 + second
        line = json.dumps([1, now, *values]).encode()
        for name, wire in readers.items():
            numbers = wire.read(line)
            assert isinstance(numbers, Numbers)
            standings[name].take(Sample(numbers.at, numbers.values), now, now)
        names = list(standings)
        for half in (names[: HOSTS // 2], names[HOSTS // 2 :]):
            frame = frames.changed(half, now, now, None)
            assert frame is not None
            feed.publish("fleet", frame)
            frames.overdue(now, now)
    spent = (time.process_time() - began) / SECONDS
    assert reader is not None
    return spent


def test_a_thousand_hosts_a_second_stay_cheap() -> None:
    assert min(cost_of_a_second() for _ in range(2)) < SHARE_OF_A_CORE


if __name__ == "__main__":
    print(f"{HOSTS} hosts at 1 Hz: {min(cost_of_a_second() for _ in range(3)) * 100:.1f} % of a core")
