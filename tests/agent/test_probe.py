"""The active probe against real servers: it answers, refuses, is silent, drips; and it is never taken for traffic."""

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clawtui_agent.collectors.probe import NO_METRICS, PROBED, ServiceProbe
from clawtui_agent.collectors.services import ServiceTree
from clawtui_agent.config import Config, Probe, Service
from clawtui_agent.loop import Loop
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Now, Value
from clawtui_agent.window import NAMES
from clawtui_agent.world import World


class Probed:
    """One service with a probe, in a loop and a world of its own."""

    def __init__(self, service: Service) -> None:
        assert service.probe is not None
        self.loop = Loop()
        self.told: list[tuple[str, str]] = []
        self.world = World(
            Config(services=(service,)),
            ProcessTable(),
            self.loop,
            lambda: False,
            lambda what, _, words: self.told.append((what, words)),
            {},
            {},
        )
        self.collector = ServiceProbe(self.world, service, service.probe)

    def look(self, enough: Callable[[dict[str, Value]], bool], within_s: float = 5.0) -> dict[str, Value]:
        """Tick until what is read will do."""
        until = time.monotonic() + within_s
        while True:
            values = self.collector.read(Now(0, time.monotonic(), 0.0))
            found = dict(zip([column.name for column in self.collector.columns], values, strict=True))
            if enough(found):
                return found
            assert time.monotonic() < until, found
            self.loop.turn(0.02)


@contextlib.contextmanager
def serving(status: int = 200, wait_s: float = 0.0) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A real HTTP server; its address and what it was asked."""
    asked: list[tuple[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            asked.append((self.command + " " + self.path, ""))
            self.answer()

        def do_POST(self) -> None:
            asked.append(
                (self.command + " " + self.path, self.rfile.read(int(self.headers["Content-Length"])).decode())
            )
            self.answer()

        def answer(self) -> None:
            time.sleep(wait_s)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


Probing = Callable[[Service], Probed]


@pytest.fixture
def probing() -> Iterator[Probing]:
    """Makes them, and lets go of what they hold."""
    made: list[Probed] = []

    def make(service: Service) -> Probed:
        made.append(Probed(service))
        return made[-1]

    yield make
    for probed in made:
        probed.collector.close()


def known(found: dict[str, Value]) -> bool:
    return found.get("up", found.get("errors.ratio")) is not None


def test_an_answer_is_up_and_timed_and_marked_as_probe(probing: Probing) -> None:
    with serving(wait_s=0.05) as (where, asked):
        probed = probing(Service("bot", probe=Probe(url=f"http://{where}/health?deep=1", every=0.1)))
        found = probed.look(lambda found: known(found) and len(asked) >= 3)
    assert found["up"] == 1.0
    assert found["errors.ratio"] == 0.0
    assert 0.05 <= float(found["latency.p95"] or 0) < 10.0
    assert probed.world.facts["bot"].latency_is == "probe"
    assert asked[0] == ("GET /health?deep=1", "")
    assert {found[name] for name in ("requests.rate", "latency.le.500", "latency.le.inf")} == {PROBED}
    assert {found[name] for name in ("tokens.rate", "inflight", "queue", "e2e.p95")} == {NO_METRICS}


def test_a_post_sends_its_body_and_a_range_of_statuses_will_do(probing: Probing) -> None:
    with serving(status=202) as (where, asked):
        probe = Probe(url=f"http://{where}/generate", method="POST", body='{"input":"ping"}', expect=(200, 299))
        assert probing(Service("bot", probe=probe)).look(known)["up"] == 1.0
    assert asked == [("POST /generate", '{"input":"ping"}')]


def test_another_status_is_down_and_said(probing: Probing) -> None:
    with serving(status=503) as (where, _):
        probed = probing(Service("bot", probe=Probe(url=f"http://{where}/health")))
        found = probed.look(known)
    assert (found["up"], found["errors.ratio"], found["latency.p95"]) == (0.0, 1.0, None)
    assert probed.world.facts["bot"].missing == "probe: HTTP 503"


def test_nobody_there_is_down_and_coming_back_is_told(probing: Probing) -> None:
    with serving() as (where, _):
        probed = probing(Service("bot", probe=Probe(url=f"http://{where}/", every=0.1)))
        assert probed.look(known)["up"] == 1.0
    probed.look(lambda found: found["up"] == 0.0)
    assert [what for what, _ in probed.told] == ["service-down"]
    assert probed.told[0][1] in ("probe: connection refused", "probe: connection reset by peer")


def test_silence_is_given_up_after_its_own_timeout_and_never_waited_for(probing: Probing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        probe = Probe(url=f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=1.0)
        probed = probing(Service("bot", probe=probe))
        began = time.monotonic()
        probed.collector.read(Now(0, began, 0.0))
        assert time.monotonic() - began < 0.9
        assert probed.look(known)["up"] == 0.0
    assert time.monotonic() - began >= 1.0
    assert probed.world.facts["bot"].missing == "probe: no answer in time"


def test_a_body_without_end_is_an_answer_all_the_same(probing: Probing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def flood() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b"x" * 65536)

        thread = threading.Thread(target=flood)
        thread.start()
        probe = Probe(url=f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert probing(Service("bot", probe=probe)).look(known)["up"] == 1.0
        thread.join(5)
        assert not thread.is_alive(), "the connection was left open"


def test_a_port_that_takes_connections_is_up(probing: Probing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = f"127.0.0.1:{listening.getsockname()[1]}"
        assert probing(Service("db", probe=Probe(tcp=where))).look(known)["up"] == 1.0
    assert probing(Service("db", probe=Probe(tcp=where))).look(known)["up"] == 0.0


def test_a_unix_socket_is_probed_too(probing: Probing, tmp_path: Path) -> None:
    path = tmp_path / "bot.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()
        assert probing(Service("bot", probe=Probe(tcp=f"unix:{path}"))).look(known)["up"] == 1.0
    probed = probing(Service("bot", probe=Probe(tcp=f"unix:{tmp_path}/none.sock")))
    assert probed.look(known)["up"] == 0.0
    assert probed.world.facts["bot"].missing == "probe: no such file or directory"


def test_beside_a_metrics_page_a_probe_says_nothing_of_latency(probing: Probing) -> None:
    service = Service("bot", metrics="http://127.0.0.1:9/metrics", probe=Probe(tcp="127.0.0.1:9"))
    probed = probing(service)
    assert [column.name for column in probed.collector.columns] == ["up"]
    assert probed.look(known) == {"up": 0.0}
    assert "bot" not in probed.world.facts


def test_a_process_that_does_not_answer_is_not_up(probing: Probing, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text("1")
    service = Service("bot", pid_file=str(pid_file), probe=Probe(tcp="127.0.0.1:9", every=0.1))
    probed = probing(service)
    tree = ServiceTree(probed.world, service)
    assert tree.read(Now(0, time.monotonic(), 0.0))[0] == 1.0
    assert [column.name for column in probed.collector.columns] == [name for name, _ in NAMES]
    probed.look(known)
    assert tree.read(Now(0, time.monotonic(), 0.0))[0] == 0.0
    assert probed.told == [("service-down", "probe: connection refused")]
    probed.collector.close()
    assert tree.read(Now(0, time.monotonic(), 0.0))[0] == 1.0


@pytest.mark.parametrize("every_s", [0.2, 100.0])
def test_old_probes_are_forgotten_but_for_the_last(probing: Probing, every_s: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        probed = probing(Service("db", probe=Probe(tcp=f"127.0.0.1:{listening.getsockname()[1]}", every=every_s)))
        probed.look(known)
    values = probed.collector.read(Now(0, time.monotonic() + 10_000, 0.0))
    assert values[3] is not None
