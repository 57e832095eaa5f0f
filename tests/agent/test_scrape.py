"""A metrics page is fetched without ever waiting for it, whatever the server does."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from clawtui_agent.address import BAD_URL
from clawtui_agent.loop import Loop
from clawtui_agent.response import MOST, Response
from clawtui_agent.scrape import PATIENCE, Scrape

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nup 1\n\n"


@contextlib.contextmanager
def server(behave: Callable[[socket.socket, int], None]) -> Iterator[str]:
    """Each connection is handed to `behave` with its number."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        number = 0
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection, number), daemon=True).start()
            number += 1

    def serve(connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            behave(connection, number)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/metrics"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def answers(*parts: bytes) -> Callable[[socket.socket, int], None]:
    def behave(connection: socket.socket, number: int) -> None:
        while connection.recv(65536):
            for part in parts:
                connection.sendall(part)

    return behave


class Fetched:
    """A scrape in a loop of its own."""

    def __init__(self, url: str) -> None:
        self.loop = Loop()
        self.pages: list[bytes] = []
        self.scrape = Scrape(self.loop, url, lambda body, _: self.pages.append(body))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.scrape.close()

    def ask(self, *, least_s: float = 0.0) -> str:
        before = len(self.pages)
        self.scrape.ask(100.0)
        until = time.monotonic() + 3
        began = time.monotonic()
        while time.monotonic() < until:
            self.loop.turn(0.05)
            done = len(self.pages) > before or self.scrape.trouble
            if done and time.monotonic() - began >= least_s:
                break
        return self.scrape.trouble


def test_a_page_arrives_and_the_connection_is_kept() -> None:
    connections: list[int] = []

    def behave(connection: socket.socket, number: int) -> None:
        connections.append(number)
        answers(OK)(connection, number)

    with server(behave) as url, contextlib.ExitStack() as stack:
        fetched = stack.enter_context(Fetched(url))
        assert [fetched.ask(), fetched.ask(), fetched.ask()] == ["", "", ""]
        assert fetched.pages == [b"up 1\n\n"] * 3
        assert connections == [0]


def test_chunks_are_joined() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with (
        server(answers(head, b"5\r\nup 1\n\r\n", b"3;x=y\r\na 2\r\n0\r\n\r\n")) as url,
        contextlib.ExitStack() as stack,
    ):
        fetched = stack.enter_context(Fetched(url))
        assert fetched.ask() == ""
        assert fetched.pages == [b"up 1\na 2"]


def test_a_page_without_length_ends_with_the_connection() -> None:
    def behave(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nup 1\n")

    with server(behave) as url, contextlib.ExitStack() as stack:
        fetched = stack.enter_context(Fetched(url))
        assert [fetched.ask(), fetched.ask()] == ["", ""]
        assert fetched.pages == [b"up 1\n"] * 2


def test_a_kept_connection_that_was_closed_meanwhile_is_no_trouble() -> None:
    def behave(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(OK)

    with server(behave) as url, contextlib.ExitStack() as stack:
        fetched = stack.enter_context(Fetched(url))
        assert fetched.ask() == ""
        time.sleep(0.05)
        assert fetched.ask() == ""
        assert len(fetched.pages) == 2


def test_a_server_that_says_no_is_said() -> None:
    with server(answers(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as url, Fetched(url) as fetched:
        assert fetched.ask() == "HTTP 503"


def test_a_server_that_hangs_up_is_said() -> None:
    with server(lambda connection, _: connection.recv(1) and None) as url, Fetched(url) as fetched:
        assert fetched.ask() in ("closed without an answer", "connection reset by peer")


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert Fetched(f"http://127.0.0.1:{port}/metrics").ask() == "connection refused"


def test_a_server_that_never_answers_is_given_up_and_never_waited_for() -> None:
    with server(lambda connection, _: time.sleep(2)) as url, contextlib.ExitStack() as stack:
        fetched = stack.enter_context(Fetched(url))
        began = time.monotonic()
        fetched.scrape.ask(100.0)
        fetched.loop.turn(0.01)
        fetched.scrape.ask(101.0)
        assert time.monotonic() - began < 1.5  # it would be 2
        fetched.scrape.expire(100.0 + PATIENCE + 0.1)
        assert fetched.scrape.trouble == "no answer in time"


def test_a_page_without_end_is_cut() -> None:
    def behave(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(behave) as url, Fetched(url) as fetched:
        assert fetched.ask() == f"longer than {MOST} bytes"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/metrics",
        "http://example.com/metrics",
        "127.0.0.1:80",
        "http://u:p@127.0.0.1/",
        "unix:run/x.sock:/m",
        "",
    ],
)
def test_urls_that_would_need_dns_or_tls_are_refused_in_words(url: str) -> None:
    assert Fetched(url).scrape.trouble == BAD_URL


def test_version_six_of_the_protocol_works() -> None:
    assert Fetched("http://[::1]:9/metrics").scrape.trouble == ""


def test_a_unix_socket_works_too(tmp_path: Path) -> None:
    path = tmp_path / "bot.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                assert connection.recv(65536).startswith(b"GET /metrics HTTP/1.1\r\n")
                connection.sendall(OK)

        thread = threading.Thread(target=serve)
        thread.start()
        with Fetched(f"unix:{path}:/metrics") as fetched:
            assert fetched.ask() == ""
            assert fetched.pages == [b"up 1\n\n"]
        thread.join()


def test_chunks_of_one_byte_are_no_burden() -> None:
    """Four megabytes of them: whoever starts anew at each piece is busy for minutes."""
    response = Response()
    response.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"1\r\nx\r\n" * 10_000
    began = time.process_time()
    while not response.wrong:
        response.feed(piece)
    assert response.wrong == f"longer than {MOST} bytes"
    assert time.process_time() - began < 30


def test_a_head_without_end_is_no_http() -> None:
    response = Response()
    response.feed(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000)
    assert response.wrong == "no HTTP"


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"5" * 300, b"-1\r\n\r\n"])
def test_chunks_that_make_no_sense_are_said(chunks: bytes) -> None:
    response = Response()
    response.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert response.wrong == "chunks that make no sense"
