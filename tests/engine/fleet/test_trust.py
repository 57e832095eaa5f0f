"""Keys are added whole or not at all, and known_hosts is read cheaply."""

import multiprocessing
import time
from pathlib import Path

import pytest

from clawtui.errors import AuthFailed, HostKeyChanged, LinkLost, Unreachable
from clawtui.fleet.backoff import Backoff
from clawtui.fleet.known_hosts import KnownHosts, KnownHostsFile, Verdict
from clawtui.fleet.slots import Slots
from clawtui.fleet.trust import add_key
from tests.engine.fleet.test_host_keys import hashed

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXQ3s2nbKYVpV3h2QAnH6Tk5Y8n4wQbY4T0Qm3gZb1H"


def add_many(path: Path, first: int) -> None:
    for number in range(first, first + 10):
        add_key(path, f"h{number}", KEY)


def test_two_operators_trusting_at_once_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "clawtui" / "known_hosts"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add_many, args=(path, first)) for first in (0, 10, 20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(path.read_text().splitlines()) == sorted(f"h{number} {KEY}" for number in range(30))
    assert path.stat().st_mode & 0o777 == 0o600


def test_adding_twice_changes_nothing_and_keeps_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text("# mine, no newline at the end")
    assert add_key(path, "a", KEY)
    assert not add_key(path, "a", KEY)
    assert path.read_text() == f"# mine, no newline at the end\na {KEY}\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["known_hosts", "known_hosts.lock"]


def test_lines_that_make_no_sense_are_problems_with_their_place() -> None:
    text = (
        f"web {KEY}\nweb\nweb ssh-ed25519 !!\n@strange web {KEY}\n|1|x {KEY}\nweb ssh-rsa {KEY.split()[1]}\n# fine\n\n"
    )
    parsed = KnownHostsFile.parse(text, "kh")
    assert len(parsed.lookup("web")) == 1
    assert [problem.split(" ")[0] for problem in parsed.problems] == ["kh:2:", "kh:3:", "kh:4:", "kh:5:", "kh:6:"]


def test_a_key_without_a_port_can_vouch_but_not_accuse(tmp_path: Path) -> None:
    path = tmp_path / "kh"
    path.write_text(f"web {KEY}\n")
    book = KnownHosts(path, ())
    blob = book.lookup("web", 22).keys[0].blob
    assert book.lookup("web", 2222).judge(blob) is Verdict.TRUSTED
    assert book.lookup("web", 2222).judge(b"other") is Verdict.UNKNOWN
    assert book.lookup("WEB", 22).judge(b"other") is Verdict.CHANGED


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "kh"
    book = KnownHosts(path, ())
    assert book.lookup("web", 22).judge(b"x") is Verdict.UNKNOWN
    add_key(path, "web", KEY)
    assert book.lookup("web", 22).judge(b"x") is Verdict.CHANGED


def test_two_hundred_lookups_in_five_thousand_lines_cost_little(tmp_path: Path) -> None:
    path = tmp_path / "kh"
    path.write_text("".join(f"host-{n},10.0.0.{n} {KEY}\n" for n in range(4500)) + f"{hashed('other')} {KEY}\n" * 500)
    book = KnownHosts(path, ())
    book.lookup("warm", 22)
    began = time.process_time()
    for number in range(200):
        assert book.lookup(f"host-{number}", 22).keys
    assert time.process_time() - began < 1.0  # 0.15 s; parsing per connection would be 20 s


def test_waits_double_with_jitter_up_to_a_limit() -> None:
    error = Unreachable("a", "x")
    longest = Backoff(1, 60, lambda: 1.0)
    assert [longest.after(error) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    shortest = Backoff(1, 60, lambda: 0.0)
    assert [shortest.after(LinkLost("a", "x")) for _ in range(3)] == [0.5, 1, 2]
    shortest.reset()
    assert shortest.after(error) == 0.5


def test_a_denied_login_is_tried_once_more_and_a_changed_key_never() -> None:
    backoff = Backoff(1, 60, lambda: 1.0)
    assert backoff.after(AuthFailed("a", "x")) == 15
    assert backoff.after(AuthFailed("a", "x")) is None
    assert Backoff(1, 60).after(HostKeyChanged("a", "x")) is None


async def test_slots_shrink_to_what_a_host_allows() -> None:
    slots = Slots(8)
    for _ in range(3):
        await slots.take()
    assert slots.refused()
    assert (slots.taken, slots.limit) == (2, 2)
    slots.free()
    assert slots.refused(), "one ran before: its end may have crossed the refusal on the wire"
    assert (slots.taken, slots.limit) == (0, 1)


async def test_a_host_that_never_gave_a_session_is_not_asked_again() -> None:
    slots = Slots(8)
    await slots.take()
    assert slots.refused() is False


@pytest.mark.parametrize("name", ["|1|%%%|x", "|1|", "|2|a|b", "", "!"])
def test_hostile_names_do_not_stop_the_reading(name: str) -> None:
    KnownHostsFile.parse(f"{name} {KEY}\nweb {KEY}\n", "kh").lookup("web")
