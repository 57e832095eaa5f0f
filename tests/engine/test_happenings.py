"""What happens to a host while it is followed is kept in words, bounded, said once."""

import json
from pathlib import Path

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.happenings import KEPT, Happenings
from clawtui.engine.standing import Contact, Standing
from clawtui.fleet.host import Host
from clawtui.metrics.line import Heard
from clawtui.metrics.sample import Key, Sample
from clawtui.metrics.wire import WireReader
from clawtui.places import Places
from tests.engine.doubles import COLUMNS, GOOD, hello


def greeted(standing: Standing, **changes: object) -> None:
    heard = WireReader("a").read(
        json.dumps(hello(columns=[*COLUMNS, ["service:bot", "restarts", "count", 1.0, ""]], **changes)).encode()
    )
    assert isinstance(heard, Heard)
    standing.greet(heard.hello, load_rules(Places.of({"HOME": str(Path("/nonexistent"))})))


def followed() -> Standing:
    standing = Standing(Host("a"), 100.0)
    greeted(standing)
    standing.turn(Contact.LIVE, 100.0)
    return standing


def take(standing: Standing, at: float, *, cpu: float = 0.4, up: float = 1.0, restarts: float = 0.0) -> None:
    values = [cpu, GOOD[1], up, *GOOD[3:], restarts]
    standing.take(Sample(at, tuple(values)), at, at)


def said(standing: Standing) -> list[tuple[str, str]]:
    return [(one.kind, one.words) for one in standing.happenings.log]


def test_an_alert_begins_and_ends_at_its_own_moments() -> None:
    standing = followed()
    for second in range(30):
        take(standing, 100.0 + second, cpu=0.99 if 5 <= second < 20 else 0.4)
    assert said(standing) == [("fires", "cpu-high fires"), ("ends", "cpu-high ends")]
    assert [one.at for one in standing.happenings.log] == [110.0, 120.0]
    assert {one.metric for one in standing.happenings.log} == {"cpu.busy"}


def test_restarts_of_services_agent_and_host_are_told_apart() -> None:
    standing = followed()
    take(standing, 100.0)
    take(standing, 101.0, up=0.0)
    take(standing, 102.0, restarts=1.0)
    greeted(standing, pid=8)
    greeted(standing, pid=9, boot_id="c")
    assert [words for _, words in said(standing)] == [
        "bot went down", "bot came up", "bot restarted", "agent restarted", "host rebooted",
    ]  # fmt: skip


def test_contact_lost_and_found_again_are_kept_with_the_reason() -> None:
    standing = followed()
    take(standing, 100.0)
    standing.turn(Contact.LOST, 110.0, "connection closed by the host")
    standing.turn(Contact.DOWN, 111.0, "no route")
    standing.turn(Contact.LIVE, 120.0)
    assert said(standing) == [("lost", "contact lost: connection closed by the host"), ("back", "contact again")]


def test_a_host_that_flaps_does_not_fill_memory() -> None:
    log = Happenings()
    for number in range(10 * KEPT):
        log.counted(float(number), Key("service:bot", "up"), number % 2, (number + 1) % 2)
    assert len(log.log) == KEPT
    assert log.log[-1].at == 10 * KEPT - 1
