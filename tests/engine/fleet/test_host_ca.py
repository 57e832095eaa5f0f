"""Many unknown hosts, or many built anew: doctor advises an authority; a few do not need one."""

import pytest

from clawtui.fleet.host import Host, Origin
from clawtui.fleet.host_ca import advised, built_anew
from clawtui.fleet.known_hosts import Known, KnownKey
from clawtui.fleet.trust import changed, replacement

OLD = KnownKey("ssh-ed25519", b"\x00\x00\x00\x0bssh-ed25519old", "", Origin("ours", 1))
NEW = KnownKey("ssh-ed25519", b"\x00\x00\x00\x0bssh-ed25519new", "", Origin("shown"))
AUTHORITY = KnownKey("ssh-ed25519", b"ca", "cert-authority", Origin("ours", 1))


@pytest.mark.parametrize(
    ("unknown", "known", "anew", "advice"),
    [(0, 50, 0, False), (9, 50, 0, False), (10, 50, 0, True), (2, 0, 0, False), (3, 3, 0, True), (0, 50, 10, True),
     (1, 3, 1, False), (1, 3, 2, True)],
)  # fmt: skip
def test_many_means_ten_or_half_of_a_small_fleet(unknown: int, known: int, anew: int, advice: bool) -> None:
    hosts = [(Host(f"u{n}"), Known()) for n in range(unknown)] + [(Host(f"k{n}"), Known((OLD,))) for n in range(known)]
    words, remedy = advised(hosts, anew)
    assert bool(words) is advice
    assert bool(remedy) is advice


def test_hosts_that_an_authority_vouches_for_are_known() -> None:
    assert advised([(Host(f"h{n}"), Known(authorities=(AUTHORITY,))) for n in range(50)], 0) == ("", "")


def test_hosts_built_anew_are_counted_once_each_by_what_our_file_keeps() -> None:
    text = "".join(f"h{n} {OLD.line}\n" for n in range(3))
    for n in range(3):
        change = replacement(Known((OLD,)), (NEW,), f"h{n}", f"2026-11-24 by ana (on call): image {n}: again")
        text = changed(text, change, "ours" if n else "elsewhere")
    assert built_anew(text) == 3
    assert built_anew("# a note by me: h1 is fine\nh1 ssh-ed25519 AAAA\n") == 0
