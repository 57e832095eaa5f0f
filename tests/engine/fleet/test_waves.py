"""Hosts in waves, for every number of hosts, size and label; and when to stop."""

import random

import pytest

from clawtui.errors import UsageError
from clawtui.fleet.host import Host
from clawtui.fleet.waves import amount, beyond, waves

RACKS = ("", "r1", "r2", "r3")


def fleet(count: int, seed: int) -> list[Host]:
    """The same hosts for the same seed."""
    dice = random.Random(seed)
    return [
        Host(f"h{n:03d}", labels={"rack": dice.choice(RACKS)}, site=dice.choice(("fra", "ams"))) for n in range(count)
    ]


@pytest.mark.parametrize("apart", ["", "rack", "site"])
@pytest.mark.parametrize("size", ["1", "3", "10%", "25%", "100%", "1000"])
def test_every_host_comes_once_and_no_wave_breaks_a_promise(size: str, apart: str) -> None:
    for seed, count in enumerate([*range(14), 50, 200]):
        hosts = fleet(count, seed)
        for canary in (0, 1, 2):
            made = waves(hosts, size=size, apart=apart, canary=canary)
            assert sorted(host.name for wave in made for host in wave) == [host.name for host in hosts]
            assert all(made)
            most = max(1, amount(size, count))
            assert all(len(wave) <= (canary if canary and not n else most) for n, wave in enumerate(made))
            assert made == waves(hosts, size=size, apart=apart, canary=canary)
            if made and canary:
                assert made[0][0] is hosts[0]
            for wave in made:
                values = [host.site if apart == "site" else host.labels.get(apart, "") for host in wave]
                told = [value for value in values if value]
                assert len(told) == len(set(told))
            if not apart:
                assert [host for wave in made for host in wave] == hosts
                assert all(len(wave) == most for wave in made[1:-1])


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "101%", "25 %", "%"])
def test_what_is_no_number_of_hosts_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no number of hosts"):
        amount(text, 10)


@pytest.mark.parametrize(
    ("endings", "limit", "stops"),
    [
        ("ok", "0", ""),
        ("failed", "25%", "h0 failed, 0 of 1"),
        ("unreached", "25%", "h0 could not be reached, so nothing is known"),
        ("ok ok ok failed", "25%", ""),
        ("ok ok failed unknown", "25%", "h2, h3 failed, 1 of 4"),
        ("ok unreached unreached unreached", "0", ""),
        ("failed failed failed failed failed", "2", "h0, h1, h2 and 2 more failed, 2 of 5"),
    ],
)
def test_a_wave_that_fails_beyond_the_limit_stops_the_rest(endings: str, limit: str, stops: str) -> None:
    said = beyond({f"h{n}": ending for n, ending in enumerate(endings.split())}, limit)
    assert said.startswith(stops)
    assert bool(said) == bool(stops)
