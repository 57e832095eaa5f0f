"""Several services on one host: each that misbehaves costs its own columns, never another's, nor the agent's tick or memory."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.agent.running import Line, agent, config, free_memory_of, page_server

MOST_RSS = 32 * 1_048_576  # two pages of 4 MiB under way at once; the bar of tests/bench is for services that behave
EXPECTED = {
    "silent": "metrics page: no answer in time",
    "dripping": "metrics page: no answer in time",
    "flooding": "metrics page: longer than 4194304 bytes",
    "chunked_by_the_byte": "metrics page: longer than 4194304 bytes",
    "one_long_line": 0.0,  # the page is known by its other line
}
HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@contextlib.contextmanager
def misbehaving(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A page that does what it should not, until the test is over."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            behave(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/metrics"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def said_of(seen: dict[tuple[str, str], Any]) -> dict[str, Any]:
    return {scope.partition(":")[2]: value for (scope, name), value in seen.items() if name == "requests.rate"}


def silent(connection: socket.socket) -> None:
    connection.recv(1)


def flooding(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while True:
        connection.sendall(b"x 1\n" * 65536)


def dripping(connection: socket.socket) -> None:
    for byte in HEAD * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def one_long_line(connection: socket.socket) -> None:
    name = b'vllm:num_requests_running{model_name="'
    connection.sendall(HEAD + name + b'a\\"{}' * 262_144 + b'"} 1\nvllm:num_requests_running 1\n')


def chunked_by_the_byte(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1\r\nx\r\n" * 10_000)


def test_each_costs_its_own_columns_only(tmp_path: Path) -> None:
    kinds = (silent, flooding, dripping, one_long_line, chunked_by_the_byte)
    with contextlib.ExitStack() as stack:
        services = [{"name": kind.__name__, "metrics": stack.enter_context(misbehaving(kind))} for kind in kinds]
        _, url = stack.enter_context(page_server("fastapi"))
        path = config(tmp_path, services=[*services, {"name": "good", "metrics": url}])
        process = stack.enter_context(agent(path))
        line = stack.enter_context(Line(str(tmp_path / "run" / "agent.sock")))
        line.send(watch={"on": True})
        line.send(live={"every": 1})
        columns: list[Any] = []
        good: list[float] = []
        late: list[float] = []
        seen: dict[tuple[str, str], Any] = {}
        until = time.monotonic() + 30
        while time.monotonic() < until and not (len(good) >= 4 and EXPECTED.items() <= said_of(seen).items()):
            said = line.read()
            if isinstance(said, dict) and "hello" in said:
                columns = said["hello"]["columns"]
            elif isinstance(said, list):
                seen = {
                    (c[0], c[1]): c[4] if value is None else value for c, value in zip(columns, said[2:], strict=True)
                }
                late.append(seen[("host", "agent.lateness")])
                if isinstance(seen[("service:good", "requests.rate")], float):
                    good.append(seen[("service:good", "requests.rate")])
        memory = free_memory_of(process.pid)
    assert EXPECTED.items() <= said_of(seen).items()
    assert len(good) >= 4, "the one that behaves is read each second"
    assert min(good) > 50
    assert sorted(late)[len(late) // 2] < 0.25
    assert memory < MOST_RSS
