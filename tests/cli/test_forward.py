"""`clawtui forward` as it is typed: says where it listens, carries bytes, ends on a signal, explains what it cannot do."""

import json
import signal
import socket
import threading
from pathlib import Path

from tests.cli.sshd import Sshd
from tests.cli.terminal import Screen, clawtui


def greet(far: socket.socket) -> None:
    """One visitor, one word."""
    visitor, _ = far.accept()
    with visitor:
        visitor.sendall(b"hello")


def test_it_says_where_it_listens_carries_bytes_and_ends_on_ctrl_c(host: Sshd, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as far:
        server = threading.Thread(target=greet, args=(far,))
        server.start()
        port = far.getsockname()[1]
        screen = Screen(tmp_path, "--fleet", str(host.fleet_file()), "forward", "box", f"0:{port}")
        screen.until(b"ctrl+c ends it")
        local = int(screen.seen.partition(b"127.0.0.1:")[2].split()[0])
        with socket.create_connection(("127.0.0.1", local), timeout=10) as near:
            assert near.recv(5) == b"hello"
            server.join()
        screen.process.send_signal(signal.SIGINT)
        assert screen.end_keeping() == 0
    notes = [json.loads(line) for line in (tmp_path / ".local/state/clawtui/actions.jsonl").read_text().splitlines()]
    assert [(note["verb"], note["cli"]) for note in notes] == [("forward", f"clawtui forward box {local}:{port}")] * 2
    assert notes[1]["note"] == "ended: 0 bytes out, 5 bytes in"


def test_what_it_cannot_do_is_a_sentence_and_a_code(host: Sshd, tmp_path: Path) -> None:
    for words, code, said in (
        (("box", "x"), 64, b"names no ports"),
        (("nobody", "80"), 64, b"nobody"),
    ):
        done = clawtui(tmp_path, "--fleet", str(host.fleet_file()), "forward", *words)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    host.process.kill()
    host.process.wait()
    done = clawtui(tmp_path, "--fleet", str(host.fleet_file()), "forward", "box", "0:80")
    assert (done.returncode, b"box: " in done.stderr) == (2, True), done.stderr
