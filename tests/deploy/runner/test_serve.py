"""The line between engine and runner: what is asked, refused, locked, and what remains when one of them is gone."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.deploy.runner.talk import Line, Refused, here

Dial = Callable[[], Line]


def refused(line: Line, do: str, **words: object) -> Refused:
    with pytest.raises(Refused) as caught:
        line.ask(do, **words)
    return caught.value


def eventually(true: Callable[[], object], within_s: float = 30) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "did not come true"
        time.sleep(0.02)


def test_the_first_line_says_who_answers(dial: Dial, program: Path) -> None:
    hello = dial().hello
    assert (hello["event"], hello["v"], hello["uid"]) == ("hello", 1, os.getuid())
    assert hello["digest"] == sha256(program.read_bytes()).hexdigest() == program.stem
    assert hello["boot"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_looking_makes_nothing(dial: Dial, place: Path) -> None:
    line = dial()
    facts = line.ask(
        "survey",
        packages=["bash", "no-such"],
        paths=["/etc/hostname"],
        blobs=["ab" * 32],
        ports=[1],
        commands=["sh", "zz"],
    )["facts"]
    assert not place.parent.exists()
    assert [key for key in facts if key.endswith("_error")] == []
    assert facts["packages"]["no-such"] is None
    assert facts["packages"]["bash"]
    assert facts["files"]["/etc/hostname"]["ours"] is False
    assert facts["files"]["/etc/hostname"]["sha256"] == sha256(Path("/etc/hostname").read_bytes()).hexdigest()
    assert facts["blobs"] == {"ab" * 32: None}
    assert facts["commands"]["sh"].endswith("/sh")
    assert facts["commands"]["zz"] is None
    assert facts["python"]["abi"].startswith("cp3")
    assert facts["disk"][str(place)]["free"] > 0
    assert facts["memory"]["total"] > facts["memory"]["available"] > 0
    assert facts["state"] == {"current": "", "previous": "", "confirmed": [], "live": ""}
    assert (facts["lease"], facts["armed"], facts["journal_tail"]) == (None, None, [])


def test_what_is_no_message_is_refused_and_the_next_one_answered(dial: Dial) -> None:
    line = dial()
    assert line.process.stdin is not None
    line.process.stdin.write(b'{"id": 7, "do"\n[1]\n\n')
    line.process.stdin.flush()
    assert [line.message()["error"]["code"] for _ in range(2)] == ["refused", "refused"]
    assert "no verb" in refused(line, "dance").error["words"]
    assert line.ask("journal", after=0)["records"] == []


@pytest.mark.parametrize("folder", ["srv/bot", "/srv/../bot", "/srv/other", "/srv/bot/", "/bot/../srv/bot"])
def test_a_place_that_is_none_is_refused(dial: Dial, folder: str) -> None:
    assert refused(dial(), "open", service="bot", place=folder).code == "refused"


def test_a_wrong_value_is_refused_by_name(dial: Dial) -> None:
    assert "journal.after" in refused(dial(), "journal", after="3").error["words"]


def test_nothing_changes_without_the_lock(dial: Dial, place: Path) -> None:
    line = dial()
    assert "lock" in refused(line, "apply", step=line.step("prune", keep=3)).error["words"]
    assert "lock" in refused(line, "record", record={"what": "verified"}).error["words"]
    assert not place.exists()


def test_a_step_is_journalled_before_and_after(dial: Dial) -> None:
    line = dial()
    assert line.lock() == {"id": 2, "ok": True, "fence": 1, "armed": None}
    assert line.apply("prune", keep=3)["changed"] is False
    line.ask("record", record={"what": "verified", "release": "r-1"})
    records = line.records()
    assert [record["what"] for record in records] == ["locked", "intent", "done", "verified"]
    assert [record["n"] for record in records] == [1, 2, 3, 4]
    assert {record["fence"] for record in records} == {1}
    assert records[3]["by"] == "coordinator"


def test_a_step_of_an_unknown_kind_is_refused_before_anything_is_written(dial: Dial) -> None:
    line = dial()
    line.lock()
    assert "teleport" in refused(line, "apply", step=line.step("teleport")).error["words"]
    assert [record["what"] for record in line.records()] == ["locked"]


def test_the_second_is_told_who_holds_the_lock(dial: Dial) -> None:
    first, second = dial(), dial()
    first.lock("r1", owner="ann")
    error = refused(second, "lock", rollout="r2", owner="ben").error
    assert (error["code"], error["by"], error["rollout"]) == ("locked", "ann", "r1")
    assert error["age_s"] < 30
    assert "ann" in error["words"]


def test_the_lock_is_free_at_once_when_its_holder_is_killed(dial: Dial) -> None:
    first, second = dial(), dial()
    assert first.lock()["fence"] == 1
    first.kill()
    assert second.lock("r2")["fence"] == 2


def test_it_is_taken_with_a_reason_and_the_journal_says_from_whom(dial: Dial) -> None:
    first, second = dial(), dial()
    first.lock("r1", owner="ann")
    assert refused(second, "lock", rollout="r2", owner="ben", take=True).code == "locked"
    assert second.lock("r2", owner="ben", take=True, reason="ann is asleep")["fence"] == 2
    assert first.process.wait(30) != 0
    record = second.records("locked")[-1]
    assert (record["taken_from"], record["reason"], record["owner"]) == ("ann", "ann is asleep", "ben")


def test_a_holder_that_does_not_listen_is_overcome(dial: Dial) -> None:
    first, second = dial(), dial()
    first.lock()
    os.kill(first.process.pid, signal.SIGSTOP)
    try:
        assert second.lock("r2", take=True, reason="frozen")["fence"] == 2
    finally:
        os.kill(first.process.pid, signal.SIGCONT) if first.process.poll() is None else None


def test_an_older_fence_is_refused(dial: Dial) -> None:
    line = dial()
    line.lock()
    line.ask("unlock")
    assert line.lock("r1")["fence"] == 2
    step = line.step("prune", keep=3)
    assert refused(line, "apply", step=step, fence=1).code == "fence"
    assert line.ask("apply", step=step, fence=2)["changed"] is False


def test_half_a_last_line_of_the_journal_is_none(dial: Dial, place: Path) -> None:
    line = dial()
    line.lock()
    line.hang_up()
    with (place / ".claw/journal.jsonl").open("ab") as file:
        file.write(b'{"n": 2, "what": "inte')
    line = dial()
    assert [record["n"] for record in line.records()] == [1]
    line.lock()
    assert [record["n"] for record in line.records()] == [1, 2]
    assert [record["what"] for record in line.records()] == ["locked", "locked"]


def test_the_journal_is_for_root_alone(dial: Dial, place: Path) -> None:
    dial().lock()
    assert (place / ".claw").stat().st_mode & 0o777 == 0o700
    assert (place / ".claw/journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_beat_is_answered_while_a_step_is_under_way(dial: Dial, place: Path) -> None:
    line = dial()
    line.lock()
    before = json.loads((place / ".claw/lease.json").read_text())["monotonic"]
    assert line.ask("beat") == {"id": 3, "ok": True, "armed_left_s": None}
    assert json.loads((place / ".claw/lease.json").read_text())["monotonic"] > before


def test_a_silent_engine_loses_the_lock(program: Path, place: Path) -> None:
    line = Line(here(program, "serve", "--silence", "0.5"))
    line.ask("open", service="bot", place=str(place))
    line.lock()
    assert line.process.wait(30) == 0
    line.close()


def test_an_engine_that_reads_nothing_holds_up_nothing(dial: Dial) -> None:
    line = dial()
    line.lock()
    for _ in range(5):
        line.send("x" * 30_000)  # what is said of it is more than a pipe holds
    line.hang_up()


def test_usage_is_64(program: Path) -> None:
    assert subprocess.run(here(program, "dance"), capture_output=True).returncode == 64
