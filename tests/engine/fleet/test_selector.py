"""The selector grammar, by example and against a second, slower reading of it on random fleets."""

import random
import string
from fnmatch import fnmatchcase

import pytest

from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.selector import select

FLEET = Fleet(
    "bots",
    hosts=(
        Host("bastion"),
        Host("web-1", aliases=("www",), groups=("web", "front"), site="eu", region="eu-1", labels={"rack": "r1"}),
        Host("web-2", groups=("web",), site="us", labels={"rack": "r2"}),
        Host("gpu-01", groups=("gpu",), site="eu", labels={"rack": "r1"}),
    ),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", "bastion web-1 web-2 gpu-01"),
        ("*", "bastion web-1 web-2 gpu-01"),
        ("web-1", "web-1"),
        ("www", "web-1"),
        ("web*", "web-1 web-2"),
        ("@web", "web-1 web-2"),
        ("@g*", "gpu-01"),
        ("site=eu", "web-1 gpu-01"),
        ("region=eu-1", "web-1"),
        ("label.rack=r1", "web-1 gpu-01"),
        ("rack=r1", "web-1 gpu-01"),
        ("rack=r?", "web-1 web-2 gpu-01"),
        ("gpu-01,web-1", "web-1 gpu-01"),
        (" gpu-01 , web-1 ,", "web-1 gpu-01"),
        ("!@web", "bastion gpu-01"),
        ("site=eu,!gpu*", "web-1"),
        ("!gpu*,site=eu", "web-1"),
        ("web-1,web-1", "web-1"),
    ],
)
def test_the_grammar(text: str, names: str) -> None:
    assert " ".join(host.name for host in select(FLEET, text)) == names


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("wep-1", "nearest: web-1"),
        ("@wab", "nearest: @web"),
        ("site=ue", "site=eu"),
        ("rack=r9", "rack=r1"),
        ("web-1,zzz", "'zzz' matches no host of bots"),
        ("web-1,!zzz", "'zzz' matches no host"),
        ("web-1,!web-1", "leaves no host"),
        ("", "no hosts named"),
        (" , ", "no hosts named"),
        ("!", "a ! stands alone"),
        ("site=", "needs a name and a value"),
        ("=eu", "needs a name and a value"),
    ],
)
def test_what_matches_nothing_is_an_error_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(FLEET, text)
    assert hint in str(caught.value)


def slow_reading(fleet: Fleet, text: str) -> list[str]:
    """The grammar once more, one host at a time."""

    def matches(host: Host, term: str) -> bool:
        if term in ("all", "*"):
            return True
        if term[0] == "@":
            return any(fnmatchcase(group, term[1:]) for group in host.groups)
        if "=" in term:
            key, value = term.split("=", 1)
            values = {"site": [host.site], "region": [host.region]}.get(
                key, [host.labels.get(key.removeprefix("label."), "")]
            )
            return any(each and fnmatchcase(each, value) for each in values)
        return any(fnmatchcase(name, term) for name in (host.name, *host.aliases))

    terms = text.split(",")
    wanted = [term for term in terms if term[0] != "!"] or ["all"]
    taken = [term[1:] for term in terms if term[0] == "!"]
    for term in [*wanted, *taken]:
        if not any(matches(host, term) for host in fleet.hosts):
            return []
    return [
        host.name
        for host in fleet.hosts
        if any(matches(host, term) for term in wanted) and not any(matches(host, term) for term in taken)
    ]


def test_random_selectors_mean_the_same_in_both_readings() -> None:
    for seed in range(2000):
        compare(random.Random(seed))


def compare(chance: random.Random) -> None:
    hosts = tuple(
        Host(
            f"{chance.choice(['web', 'db', 'gpu'])}-{number}",
            groups=tuple(chance.sample(["a", "b", "c"], chance.randrange(3))),
            site=chance.choice(["", "eu", "us"]),
            region=chance.choice(["", "r1"]),
            labels={"rack": chance.choice("123")} if chance.random() < 0.5 else {},
        )
        for number in range(chance.randrange(1, 8))
    )
    words = [
        "all",
        "web*",
        "*-1",
        "db-[0-3]",
        "@a",
        "@[bc]",
        "site=eu",
        "site=*",
        "region=r1",
        "rack=1",
        "label.rack=?",
        "zz",
    ]
    text = ",".join(chance.choice(["", "", "!"]) + chance.choice(words) for _ in range(chance.randrange(1, 5)))
    fleet = Fleet("random", hosts=hosts)
    try:
        found = [host.name for host in select(fleet, text)]
    except UsageError:
        found = []
    assert found == slow_reading(fleet, text), (text, hosts)


def test_no_text_makes_it_fail_in_another_way() -> None:
    chance = random.Random(1)
    for _ in range(2000):
        text = "".join(chance.choice(string.printable + "@!=*[],é") for _ in range(chance.randrange(20)))
        try:
            found = select(FLEET, text)
        except UsageError:
            continue
        assert found
        assert [host for host in FLEET.hosts if host in found] == list(found)
