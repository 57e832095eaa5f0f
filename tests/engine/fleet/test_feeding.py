"""A stream of any length as standard input of a command, over either link: bounded, judged like any command, and cut short."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clawtui.fleet.link import Ending, Held
from tests.engine.fleet.conftest import Connect, host_of
from tests.engine.fleet.sshd import Sshd

PATIENT_S = 30.0
PIECE = os.urandom(256 * 1024)


@pytest.fixture
async def link(server: Sshd, connect: Connect) -> AsyncIterator[Held]:
    host = host_of(server)
    async with connect(host, keepalive_s=0.5, keepalive_busy_s=0.2) as connections:
        yield await connections.link(host)


class Source:
    """Pieces, counted as they are taken."""

    def __init__(self, pieces: int, pause_s: float = 0.0) -> None:
        self.taken, self._pieces, self._pause_s = 0, pieces, pause_s
        self.third = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < self._pieces:
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
            self.taken += 1
            if self.taken == 3:
                self.third.set()
            yield PIECE


async def test_every_byte_arrives_in_order_and_the_answer_comes_back(link: Held) -> None:
    reply = await link.feed("sha256sum", aiter(Source(100)), stall_s=PATIENT_S)
    assert reply.ending is Ending.OK
    assert reply.text.split()[0] == hashlib.sha256(PIECE * 100).hexdigest()


async def test_an_empty_stream_is_an_empty_input(link: Held) -> None:
    reply = await link.feed("wc -c", aiter(Source(0)), stall_s=PATIENT_S)
    assert reply.text.strip() == "0"


async def test_a_host_that_does_not_read_is_given_no_more_than_a_few_pieces(link: Held) -> None:
    source = Source(400)
    reply = await link.feed("exec sleep 60", aiter(source), stall_s=1.0)
    assert reply.ending is Ending.UNKNOWN
    assert "no answer within 1 s" in reply.note
    assert source.taken < 40  # of 100 MiB: what the windows of SSH and the pipes hold


async def test_the_deadline_counts_from_the_last_piece(link: Held) -> None:
    reply = await link.feed("wc -c", aiter(Source(10, pause_s=0.3)), stall_s=2.5)
    assert (reply.ending, reply.text.strip()) == (Ending.OK, str(10 * len(PIECE)))


async def test_a_command_that_ends_before_the_stream_is_judged_by_its_status(link: Held) -> None:
    source = Source(4000)
    reply = await link.feed("head -c 1000 >/dev/null; echo full >&2; exit 4", aiter(source), stall_s=PATIENT_S)
    assert (reply.ending, reply.status, reply.stderr) == (Ending.FAILED, 4, b"full\n")
    assert source.taken < 400


async def test_what_the_source_raises_comes_out_and_the_link_goes_on(link: Held) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PIECE
        raise FileNotFoundError("model.onnx")

    with pytest.raises(FileNotFoundError):
        await link.feed("cat >/dev/null", broken(), stall_s=PATIENT_S)
    assert (await link.run("true", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_a_line_that_is_cut_in_the_stream_leaves_the_outcome_unknown(
    link: Held, server: Sshd, tmp_path: Path
) -> None:
    source = Source(10_000)
    feeding = asyncio.create_task(link.feed(f"cat > {tmp_path}/got", aiter(source), stall_s=PATIENT_S))
    async with asyncio.timeout(PATIENT_S):
        await source.third.wait()
    server.signal(signal.SIGKILL, listener=False)
    reply = await feeding
    assert (reply.ending, reply.status) == (Ending.UNKNOWN, None)
    assert "connection lost" in reply.note
