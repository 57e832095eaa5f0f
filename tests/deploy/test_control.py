"""The coordinator's socket: the newest state first, orders with their giver, and nothing that a peer sends ends it."""

import asyncio
import contextlib
import json
import os
import pwd
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from clawtui.deploy.control import Control, Order
from clawtui.errors import Refused

ME = pwd.getpwuid(os.getuid()).pw_name


@asynccontextmanager
async def listening(tmp_path: Path, told: list[tuple[Order, str]]) -> AsyncGenerator[Control]:
    """One that takes every order but `no`."""

    async def ordered(order: Order, who: str) -> str:
        if order.get("do") == "no":
            raise Refused("not that")
        told.append((order, who))
        return ""

    control = Control(tmp_path / "run" / "rollout-x.sock", ordered)
    async with control.listening():
        yield control


async def closed(writer: asyncio.StreamWriter) -> None:
    """Wholly, so that nothing is left for a collector."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_who_attaches_is_told_the_newest_state_and_then_every_change(tmp_path: Path) -> None:
    async with listening(tmp_path, []) as control:
        control.tell("view", b'{"view":1}')
        control.tell("view", b'{"view":2}')
        reader, writer = await asyncio.open_unix_connection(control.path)
        assert await reader.readline() == b'{"view":2}\n'
        control.tell("view", b'{"view":3}')
        assert await reader.readline() == b'{"view":3}\n'
        await closed(writer)


async def test_a_question_that_was_answered_is_not_told_to_those_who_come_later(tmp_path: Path) -> None:
    async with listening(tmp_path, []) as control:
        control.tell("q1", b'{"prompt":1}')
        control.forget("q1", b'{"prompt":0}')
        control.tell("view", b'{"view":1}')
        reader, writer = await asyncio.open_unix_connection(control.path)
        assert await reader.readline() == b'{"view":1}\n'
        await closed(writer)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b'{"do":"pause"}', {"done": True}),
        (b'{"do":"no"}', {"refused": "not that"}),
        (b"half a line of", {"refused": "this is no order: one JSON object a line"}),
        (b"[1]", {"refused": "this is no order: one JSON object a line"}),
    ],
)
async def test_every_line_has_an_answer(tmp_path: Path, line: bytes, answer: dict[str, object]) -> None:
    told = list[tuple[Order, str]]()
    async with listening(tmp_path, told) as control:
        reader, writer = await asyncio.open_unix_connection(control.path)
        writer.write(line + b"\n")
        assert json.loads(await reader.readline()) == answer
        await closed(writer)
    assert told == ([({"do": "pause"}, ME)] if "done" in answer else [])


async def test_a_line_without_an_end_costs_its_sender_the_connection_and_nobody_else(tmp_path: Path) -> None:
    async with listening(tmp_path, []) as control:
        reader, writer = await asyncio.open_unix_connection(control.path)
        writer.write(b"x" * (1 << 21))
        with contextlib.suppress(ConnectionError):  # it is closed with bytes of ours unread
            assert await reader.read() == b""
        await closed(writer)
        control.tell("view", b'{"view":1}')
        other, second = await asyncio.open_unix_connection(control.path)
        assert await other.readline() == b'{"view":1}\n'
        await closed(second)


async def test_the_socket_is_ours_alone_and_goes_with_the_rollout(tmp_path: Path) -> None:
    async with listening(tmp_path, []) as control:
        assert stat.S_IMODE(control.path.stat().st_mode) == 0o600
    assert not control.path.exists()
