"""Compose projects: what root's unit asks of docker, what it writes, and what the agent makes of it.

Docker's side is a double, because a daemon with images is minutes of set-up: a real HTTP server on a real unix socket that
answers in the shape of Docker's own interface, with the labels that `docker compose` and `docker-compose` 1.29 write.
"""

import http.server
import json
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from clawtui_agent import compose
from clawtui_agent.config import Service
from clawtui_agent.find import Found, find
from clawtui_agent.reading import Now
from tests.agent.test_find import Kernel

PROGRAM = [sys.executable, "-I", "-S", str(Path(__file__).parents[2] / "config" / "templates" / "agent" / "compose.py")]
WEB, DB, OLD = "a1" * 32, "b2" * 32, "c3" * 32
LABELS = {
    WEB: {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "web",
        "com.docker.compose.version": "2.35.1",
    },
    DB: {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "db",
        "com.docker.compose.oneoff": "False",
    },
    OLD: {
        "com.docker.compose.project": "bot",
        "com.docker.compose.service": "bot",
        "com.docker.compose.version": "1.29.2",
    },
}


class Docker:
    """The daemon's HTTP interface, as far as it is used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pids = {WEB: os.getpid(), DB: os.getpid(), OLD: os.getpid()}
        self.happened = threading.Event()
        self.stopped = False
        docker = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None: ...

            def do_GET(self) -> None:
                target = unquote(self.path)
                if target.startswith("/events"):
                    self.events()
                elif target.startswith("/containers/json"):
                    assert '{"label": ["com.docker.compose.project"]}' in target
                    self.say([{"Id": key, "Labels": LABELS[key], "State": "running"} for key in docker.pids])
                else:
                    key = target.split("/")[2]
                    self.say({"Id": key, "State": {"Running": True, "Pid": docker.pids.get(key, 0)}})

            def say(self, value: Any) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def events(self) -> None:
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.flush()
                while not docker.stopped:
                    if docker.happened.wait(0.05):
                        docker.happened.clear()
                        self.wfile.write(b'24\r\n{"Type":"container","Action":"die"}\n\r\n')

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

            def get_request(self) -> tuple[Any, Any]:
                connection, _ = super().get_request()
                return connection, ("docker", 0)

        self.server = Server(str(path), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.stopped = True
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    daemon = Docker(tmp_path / "docker.sock")
    yield daemon
    daemon.stop()


def environ(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "RUNTIME_DIRECTORY": str(tmp_path / "run"), "DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}


def soon(folder: Path, enough: Any) -> Any:
    """What the unit wrote, as soon as it will do."""
    until = time.monotonic() + 8
    while True:
        try:
            said = compose.read(str(folder))
        except compose.Unreadable as error:
            said = str(error)
        if enough(said):
            return said
        assert time.monotonic() < until, said
        time.sleep(0.02)


def test_the_unit_follows_what_happens_and_writes_for_everybody(docker: Docker, tmp_path: Path) -> None:
    with subprocess.Popen(PROGRAM, env=environ(tmp_path)) as unit:
        try:
            found = soon(tmp_path / "run", lambda said: isinstance(said, dict) and len(said) == 2)
            assert {member.pid for member in found["shop"]} == {os.getpid()}
            assert {name: sorted(one.service for one in members) for name, members in found.items()} == {
                "shop": ["db", "web"],
                "bot": ["bot"],
            }
            assert (tmp_path / "run" / "projects.json").stat().st_mode & 0o777 == 0o644
            del docker.pids[OLD]
            docker.happened.set()
            soon(tmp_path / "run", lambda said: list(said) == ["shop"])
        finally:
            unit.terminate()


def test_a_docker_that_is_not_there_is_said_and_no_project_is_believed(tmp_path: Path) -> None:
    with subprocess.Popen(PROGRAM, env=environ(tmp_path)) as unit:
        try:
            said = soon(tmp_path / "run", lambda said: "docker:" in said)
        finally:
            unit.terminate()
    assert said == f"docker: {tmp_path}/docker.sock: no such file or directory"


def test_a_project_is_all_its_containers_together(kernel: Kernel, tmp_path: Path) -> None:
    kernel.cgroup("", [])
    kernel.cgroup(f"system.slice/docker-{WEB}.scope", [10, 11], cpu_stat="usage_usec 1000000\n")
    kernel.cgroup(f"docker/{DB}", [20], cpu_stat="usage_usec 500000\n")
    members = [
        {"id": WEB, "service": "web", "pid": 10, "cgroup": f"/system.slice/docker-{WEB}.scope"},
        {"id": DB, "service": "db", "pid": 20, "cgroup": f"/docker/{DB}"},
    ]
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose" / "projects.json").write_text(json.dumps({"version": 1, "projects": {"shop": members}}))
    service = Service("shop", compose="shop")
    assert find(kernel.world(service), service) == Found([10, 11, 20], 1.5)
    other = Service("other", compose="other")
    assert find(kernel.world(other), other).missing == "no container of compose project other is running"
    assert compose.project_of(DB, str(tmp_path / "compose")) == "shop"
    assert compose.project_of("d4" * 32, str(tmp_path / "compose")) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "root's unit clawtui-agent-compose does not run here"),
        ("{", "not JSON"),
        ("[]", "version is not 1"),
        ('{"version": 2}', "version is not 1"),
        ('{"version": 1}', "no projects in it"),
        ('{"version": 1, "projects": {"shop": [7, {"pid": "x"}]}}', "no container of compose project shop is running"),
    ],
)
def test_a_list_that_makes_no_sense_is_said(kernel: Kernel, tmp_path: Path, text: str | None, words: str) -> None:
    kernel.cgroup("", [])
    (tmp_path / "compose").mkdir()
    if text is not None:
        (tmp_path / "compose" / "projects.json").write_text(text)
    service = Service("shop", compose="shop")
    assert words in find(kernel.world(service), service).missing


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_a_project_that_cannot_be_known_is_unknown_and_not_down(kernel: Kernel) -> None:
    service = Service("shop", compose="shop")
    tree = kernel.watch(service)
    values = tree.read(Now(0, 0.0, 0.0))
    assert tree._world.facts["shop"].missing == values[0]
    assert str(values[0]).startswith("root's unit clawtui-agent-compose does not run here")
    assert kernel.events == []
