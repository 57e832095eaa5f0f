"""Looking around: real servers, and recorded /proc for what a test may not be; nobody else's port is ever asked."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clawtui_agent.discover import Discovery
from clawtui_agent.listening import Owner, loopback, owners, ports
from clawtui_agent.loop import Loop
from tests.agent.running import Line, agent, config, page_server

CONTAINER = "3f" * 32


def looked(within: set[int]) -> Discovery:
    """Through the processes of this test only."""
    loop = Loop()
    discovery = Discovery(loop, within)
    until = time.monotonic() + 10
    for eager in discovery.steps():
        loop.turn(0 if eager else 0.05)
        assert time.monotonic() < until
    return discovery


def test_a_server_with_a_known_page_is_recognized_with_evidence() -> None:
    with page_server("vllm") as (server, url):
        row = looked({server.pid}).rows[0]
    port = int(url.rpartition(":")[2].partition("/")[0])
    assert (row["port"], row["pid"], row["metrics"]) == (port, server.pid, url)
    assert (row["kind"], row["latency_is"]) == ("vllm", "first token")
    assert row["why"] == [f"listens on 127.0.0.1 port {port}", "it holds the socket", f"{url} is a page of vllm"]
    assert "page_server.py" in row["command"]


@pytest.mark.parametrize(
    ("serve", "words"),
    [
        ("time.sleep(30)", "no metrics page: no answer in time"),
        ("c.sendall(b'SSH-2.0-x\\r\\n\\r\\n')", "no metrics page: no HTTP"),
        ("c.sendall(b'HTTP/1.1 404 Not Found\\r\\n\\r\\n')", "no metrics page: HTTP 404"),
        (
            "[c.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n'), [c.sendall(b'x' * 65536) for _ in range(200)]]",
            "no metrics page: longer than",
        ),
    ],
)
def test_a_port_without_a_page_says_what_came_instead(serve: str, words: str) -> None:
    program = (
        "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
        f"while True:\n c, _ = s.accept(); c.recv(9999)\n try: {serve}\n except OSError: pass\n c.close()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        row = looked({process.pid}).rows[0]
        assert time.monotonic() - began < 20
        process.kill()
    assert row["why"][2].startswith(words)
    assert row["metrics"] == ""


def test_the_agent_looks_around_between_its_samples_and_for_one_at_a_time(tmp_path: Path) -> None:
    with page_server("fastapi") as (server, url):
        scope = {"kind": "process tree", "pid": server.pid, "cores": 1, "memory": 268_435_456}
        with agent(config(tmp_path, scope=scope)), Line(str(tmp_path / "run" / "agent.sock")) as line:
            line.send(live={"every": 1})
            line.send(discover={"id": 1})
            line.send(discover={"id": 2})
            assert line.until("error") == {
                "id": 2,
                "words": "somebody else is having this host looked through; ask again in some seconds",
            }
            answer = line.until("discover")
            assert line.sample()
            line.send(discover={"id": 3})
            assert line.until("discover")["id"] == 3
    assert answer["id"] == 1
    assert [(row["kind"], row["metrics"]) for row in answer["rows"]] == [("http", url)]


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc as kernels write it: three processes, their cgroups, and the table of sockets."""
    (tmp_path / "net").mkdir()
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    rest = "00000000:00000000 00:00000000 00000000"
    uid = os.getuid()
    v4 = [
        f"   0: 0100007F:1F40 00000000:0000 0A {rest} {uid} 0 111 1",
        f"   1: 0100007F:9C40 0100007F:1F40 01 {rest} {uid} 0 112 1",
        f"   2: 0500000A:1F41 00000000:0000 0A {rest} {uid} 0 113 1",
        f"   3: 00000000:1F42 00000000:0000 0A {rest} 4242 0 114 1",
    ]
    v6 = [
        f"   0: {'0' * 32}:1F40 {'0' * 32}:0000 0A {rest} {uid} 0 115 1",
        f"   1: {'0' * 24}01000000:1F43 {'0' * 32}:0000 0A {rest} {uid} 0 116 1",
    ]
    (tmp_path / "net" / "tcp").write_text(head + "\n".join(v4) + "\n")
    (tmp_path / "net" / "tcp6").write_text(head + "\n".join(v6) + "\n")
    cgroups = {
        10: "0::/system.slice/bot.service\n",
        11: f"12:cpuset:/docker/{CONTAINER}\n1:name=systemd:/docker/{CONTAINER}\n0::/\n",
        12: "0::/user.slice/user-1000.slice/user@1000.service/init.scope\n",
    }
    for pid, cgroup in cgroups.items():
        folder = tmp_path / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "cgroup").write_text(cgroup)
        (folder / "comm").write_text(f"evil\x1b[2J\n{pid}\n")
        (folder / "cmdline").write_bytes(b"serve\0--port\0" + {10: b"8000", 11: b"x", 12: b"80"}[pid] + b"\0")
    (tmp_path / "11" / "fd" / "3").symlink_to("socket:[113]")
    return tmp_path


def found(proc: Path) -> dict[int, Owner]:
    who: dict[int, Owner] = {}
    for _ in owners(str(proc), ports(str(proc)), None, who):
        pass
    return who


def test_ports_are_those_listened_on_the_widest_address_first(proc: Path) -> None:
    assert [(port.number, port.address, loopback(port)) for port in ports(str(proc))] == [
        (8000, "::", "127.0.0.1"),
        (8001, "10.0.0.5", ""),
        (8002, "0.0.0.0", "127.0.0.1"),
        (8003, "::1", "[::1]"),
    ]


def test_owners_are_known_by_socket_or_guessed_by_command_line_and_it_is_said_which(proc: Path) -> None:
    who = found(proc)
    assert (who[8000].pid, who[8000].unit) == (10, "bot.service")
    assert "names port 8000 in its command line" in who[8000].why
    assert (who[8001].pid, who[8001].container, who[8001].unit) == (11, CONTAINER, "")
    assert who[8001].why == "it holds the socket"
    assert (who[8002].pid, who[8002].why) == (0, "whose it is only root may see; it belongs to uid 4242")


def test_a_hostile_name_stays_inside_its_line(proc: Path) -> None:
    discovery = Discovery(Loop(), proc=str(proc))
    line = json.dumps(found(proc)[8001]._asdict())
    assert "\n" not in line
    assert "\x1b" not in line
    assert discovery.rows == []


def test_a_port_of_another_protocol_is_never_sent_a_request() -> None:
    program = (
        "import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "s.bind(('127.0.0.1', 6379)); s.listen(); print('up', flush=True); s.accept(); print('asked', flush=True)"
    )
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 6379))
    process: subprocess.Popen[Any]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        row = looked({process.pid}).rows[0]
        process.kill()
        assert process.stdout.read() == b""
    assert len(row["why"]) == 2
