"""Who changes before whom."""

import pytest

from clawtui.deploy.spec import Rollout
from clawtui.deploy.waves import ordered
from clawtui.fleet.host import Host

TEN = [Host(f"h{n}") for n in range(10)]


def sizes(rollout: Rollout, hosts: list[Host] | None = None) -> list[int]:
    return [len(wave.hosts) for wave in ordered(hosts or TEN, rollout)]


@pytest.mark.parametrize(
    ("rollout", "made"),
    [
        (Rollout(), [1, 1, 8]),
        (Rollout(canary="0", waves=("100%",)), [10]),
        (Rollout(canary="0"), [2, 8]),
        (Rollout(canary="3", waves=("50%",)), [3, 2, 5]),
        (Rollout(canary="1%", waves=("100%",)), [1, 9]),
        (Rollout(canary="10", waves=("100%",)), [10]),
        (Rollout(canary="1", waves=("2", "4")), [1, 1, 2, 6]),
    ],
)
def test_shares_are_counted_from_the_first_host_and_nobody_is_forgotten(rollout: Rollout, made: list[int]) -> None:
    assert sizes(rollout) == made
    names = [name for wave in ordered(TEN, rollout) for name in wave.hosts]
    assert sorted(names) == sorted(host.name for host in TEN)


def test_a_single_host_is_one_wave() -> None:
    assert sizes(Rollout(), TEN[:1]) == [1]


def test_a_wave_never_mixes_what_is_to_stay_apart() -> None:
    hosts = [Host(f"{region}{n}", region=region) for n in range(4) for region in ("eu", "us")]
    made = ordered(hosts, Rollout(by="region", waves=("50%", "100%")))
    assert [{name[:2] for name in wave.hosts} for wave in made] == [{"eu"}, {"eu"}, {"eu"}, {"us"}, {"us"}]
    assert [wave.name for wave in made][:2] == ["canary", "eu 1"]
