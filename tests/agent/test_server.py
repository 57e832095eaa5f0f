"""A real agent behind a real socket."""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.running import Line, agent, command, config

WIRE = Path(__file__).parents[1] / "wire"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("agent")
    with agent(config(folder)):
        yield folder


@pytest.fixture
def line(folder: Path) -> Iterator[Line]:
    line = Line(str(folder / "run" / "agent.sock"))
    yield line
    line.close()


def test_hello_comes_first_and_then_nothing_until_it_is_asked_for(line: Line) -> None:
    hello = line.read()["hello"]
    assert hello["protocol"] == 1
    assert hello["rings"][0]["tier"] == "1s"
    line.socket.settimeout(1.3)
    with pytest.raises(TimeoutError):
        line.read()


def test_live_gives_a_hello_and_then_a_sample_each_second(line: Line) -> None:
    line.read()
    line.send(live={"every": 1})
    hello = line.until("hello")
    first, second = line.sample(), line.sample()
    assert second[1] - first[1] == 1
    assert first[0] >= hello["rev"]
    assert len(first) == 2 + len(hello["columns"])


def test_a_ping_is_answered_at_once(line: Line) -> None:
    line.read()
    took: list[float] = []
    for number in range(7):
        began = time.monotonic()
        line.send(ping={"id": number})
        assert line.until("pong")["id"] == number
        took.append(time.monotonic() - began)
    assert min(took) < 0.1, "a busy machine delays some, a wait for the next second all"


def test_the_heaviest_processes_are_named(line: Line) -> None:
    line.send(top={"id": 1})
    top = line.until("top")
    assert 1 <= len(top["processes"]) <= 40
    assert all(len(row) == 6 for row in top["processes"])


def test_every_request_of_the_wire_is_answered_or_needs_no_answer(line: Line) -> None:
    for request in (WIRE / "requests.jsonl").read_bytes().splitlines():
        line.raw(request + b"\n")
    line.send(ping={"id": 999})
    seen: set[int] = set()
    while not {1, 2, 3, 4, 5, 6, 999} <= seen:
        said = line.read()
        assert not (isinstance(said, dict) and "error" in said), said
        seen |= {
            body["id"]
            for body in (said.values() if isinstance(said, dict) else ())
            if isinstance(body, dict) and "id" in body
        }


def test_three_bad_requests_end_the_connection(line: Line) -> None:
    line.read()
    line.raw(b'not json\n{"strange": 5}\n[]\n{"ping": {"id": 1}}\n')
    assert [line.read()["error"]["id"] for _ in range(3)] == [None] * 3
    assert line.read() is None


@pytest.mark.parametrize("bad", (WIRE / "bad.jsonl").read_bytes().splitlines())
def test_no_line_harms_the_agent(folder: Path, bad: bytes) -> None:
    line = Line(str(folder / "run" / "agent.sock"))
    line.raw(bad + b"\n")
    line.close()
    again = Line(str(folder / "run" / "agent.sock"))
    assert "hello" in again.read()
    again.close()


def test_a_request_without_end_ends_the_connection(line: Line) -> None:
    line.read()
    where = str(line.socket.getpeername())
    endless = b"x" * 10_000_000
    with pytest.raises(OSError):
        line.raw(endless)
    with Line(where) as again:
        assert "hello" in again.read()


@pytest.mark.parametrize(
    "fields",
    [
        {"tier": "1h", "from": 0, "to": 1, "columns": [["host", "cpu.busy"]]},
        {"tier": "1s", "from": 10, "to": 1, "columns": [["host", "cpu.busy"]]},
        {"tier": "1s", "from": "x", "to": 1, "columns": [["host", "cpu.busy"]]},
        {"tier": "1s", "from": 0, "to": 1e300, "columns": [["host", "cpu.busy"]]},
        {"tier": "1s", "from": 0, "to": 4e9, "columns": []},
        {"tier": "1s", "from": 0, "to": 4e9, "columns": [["host"]]},
        {"tier": "1s", "from": 0, "to": 4e9, "columns": [["host", "cpu.busy"]] * 999},
        {"tier": "1s", "from": 0, "to": 4e9, "points": -1, "columns": [["host", "cpu.busy"]]},
    ],
)
def test_a_range_that_cannot_be_is_an_error_in_words(line: Line, fields: dict[str, object]) -> None:
    line.send(range={"id": 5, **fields})
    error = line.until("error")
    assert error["id"] == 5
    assert error["words"]


def test_a_slow_subscriber_is_told_what_it_lost_and_others_lose_nothing(tmp_path: Path) -> None:
    where = str(tmp_path / "run" / "agent.sock")
    with agent(config(tmp_path)), Line(where) as slow, Line(where) as quick:
        quick.send(live={"every": 1})
        slow.send(live={"every": 1})
        assert slow.sample()
        columns = [["host", "cpu.busy"]] * 100  # 1.8 MB of nulls: far more than the socket's buffer
        slow.send(range={"id": 1, "tier": "1s", "from": time.time() - 3600, "to": 4e9, "points": 0, "columns": columns})
        times = [quick.sample()[1] for _ in range(5)]
        assert [b - a for a, b in itertools.pairwise(times)] == [1] * 4
        event = slow.until("event")
        while event["what"] != "resync":
            event = slow.until("event")
        assert event["lost"] >= 1
        assert slow.sample()


def test_a_second_agent_on_the_same_socket_is_refused_in_words(folder: Path) -> None:
    second = subprocess.run(
        [*command(), "run", "--config", str(folder / "config.json")], capture_output=True, timeout=20
    )
    assert second.returncode == 78
    assert b"another agent is running there" in second.stderr


def test_sigterm_ends_it_cleanly_and_leaves_no_socket(tmp_path: Path) -> None:
    with agent(config(tmp_path)) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert list((tmp_path / "run").iterdir()) == []


def test_a_socket_left_by_a_killed_agent_is_taken_over(tmp_path: Path) -> None:
    path = config(tmp_path)
    with agent(path) as process:
        process.kill()
        process.wait()
    assert (tmp_path / "run" / "agent.sock").exists()
    with agent(path):
        pass


def test_socket_and_rings_are_not_for_everybody(folder: Path) -> None:
    assert (folder / "run").stat().st_mode & 0o777 == 0o750
    assert (folder / "run" / "agent.sock").stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in (folder / "state").iterdir()} == {0o640}


def test_without_room_for_rings_the_agent_goes_on_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with contextlib.ExitStack() as stack:
        stack.enter_context(agent(config(tmp_path, state=str(tmp_path / "file" / "state"))))
        line = stack.enter_context(Line(str(tmp_path / "run" / "agent.sock")))
        hello = line.read()["hello"]
        assert hello["rings"] == []
        assert "Not a directory" in hello["notes"][0]
        line.send(live={"every": 1})
        assert line.sample()
        line.send(range={"id": 1, "tier": "1s", "from": 0, "to": 4e9, "columns": [["host", "cpu.busy"]]})
        assert "no rings" in line.until("error")["words"]


def test_a_new_configuration_is_taken_without_a_restart(tmp_path: Path) -> None:
    path = config(tmp_path)
    with agent(path), Line(str(tmp_path / "run" / "agent.sock")) as line:
        line.send(live={"every": 1})
        rev = line.sample()[0]
        config(tmp_path, services=[{"name": "new", "pid_file": "/nowhere"}])
        line.send(reload={"id": 3})
        assert line.until("reloaded") == {"id": 3}
        hello = line.until("hello")
        assert hello["rev"] > rev
        assert [s["name"] for s in hello["services"]] == ["new"]
        path.write_text("{")
        line.send(reload={"id": 4})
        assert "not JSON" in line.until("error")["words"]


def test_systemd_hears_that_it_is_ready_and_alive(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        extra = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        with agent(config(tmp_path), env={**os.environ, **extra}):
            assert systemd.recv(100) == b"READY=1"
            assert systemd.recv(100) == b"WATCHDOG=1"


def test_proxy_joins_both_ends(folder: Path) -> None:
    words = [*command(), "proxy", "--socket", str(folder / "run" / "agent.sock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert "hello" in json.loads(process.stdout.readline())
        process.stdin.write(b'{"ping": {"id": 1}}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["pong"]["id"] == 1
        process.stdin.close()
        assert process.wait(5) == 0


def test_proxy_without_an_agent_says_what_to_do(tmp_path: Path) -> None:
    words = [*command(), "proxy", "--socket", str(tmp_path / "none.sock")]
    done = subprocess.run(words, capture_output=True, timeout=20)
    assert done.returncode == 70
    assert b"clawtui agent install" in done.stderr


def test_follow_ends_when_its_reader_goes() -> None:
    words = [*command(), "follow"]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert "hello" in json.loads(process.stdout.readline())
        assert isinstance(json.loads(process.stdout.readline()), list)
        process.stdout.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run"], 78),
        (["run", "--config", "/nowhere"], 78),
        (["dance"], 64),
        (["once", "--x"], 64),
        ([], 64),
        (["--version"], 0),
    ],
)
def test_exit_codes_are_those_of_every_verb(words: list[str], code: int) -> None:
    assert subprocess.run([*command(), *words], capture_output=True, timeout=20).returncode == code
