"""Unknown keys: each asked once, many asked about in one question, a fault said to whoever waits."""

import asyncio
from dataclasses import dataclass, field

import pytest

from clawtui.errors import HostKeyUnknown
from clawtui.fleet.asking import Asking
from tests.engine.fleet.conftest import Keyboard


@dataclass
class Book:
    saved: list[str] = field(default_factory=list[str])
    fails: bool = False

    async def save(self, name: str, key: str) -> None:
        if self.fails:
            raise OSError("disk full")
        self.saved.append(name)


def unknown(number: int) -> HostKeyUnknown:
    return HostKeyUnknown(f"h{number}", "unknown", key=f"ssh-ed25519 {number}", fingerprint=f"SHA256:{number}")


async def ask(asking: Asking, count: int) -> list[bool]:
    return await asyncio.gather(*(asking.vouched(f"h{n}", f"h{n}", unknown(n)) for n in range(count)))


async def test_two_hundred_unknown_keys_are_one_question_and_a_no_leaves_them_all() -> None:
    keyboard, book = Keyboard(trusts=True, each=False), Book()
    assert await ask(Asking(keyboard, book.save), 200) == [False] * 200
    assert keyboard.asked == ["one by one 200"]
    assert book.saved == []


async def test_who_wants_to_see_each_is_asked_one_after_the_other() -> None:
    keyboard, book = Keyboard(trusts=True), Book()
    assert await ask(Asking(keyboard, book.save), 5) == [True] * 5
    assert keyboard.asked == ["one by one 5", *(f"trust h{n} SHA256:{n}" for n in range(5))]


async def test_a_few_are_asked_about_at_once_and_once_each() -> None:
    keyboard, book = Keyboard(trusts=True), Book()
    asking = Asking(keyboard, book.save)
    twice = await asyncio.gather(ask(asking, 3), ask(asking, 3))
    assert twice == [[True] * 3] * 2
    assert len(keyboard.asked) == 3


async def test_a_no_stands_until_it_is_forgotten_and_only_for_the_host_named() -> None:
    keyboard = Keyboard()
    asking = Asking(keyboard, Book().save)
    await ask(asking, 2)
    await ask(asking, 2)
    assert len(keyboard.asked) == 2
    asking.forget({"h1"})
    keyboard.trusts = True
    assert await ask(asking, 2) == [False, True]
    assert len(keyboard.asked) == 3


async def test_a_key_that_cannot_be_written_down_fails_its_own_host_only() -> None:
    keyboard, book = Keyboard(trusts=True), Book(fails=True)
    asking = Asking(keyboard, book.save)
    first = asyncio.create_task(asking.vouched("h0", "h0", unknown(0)))
    with pytest.raises(OSError, match="disk full"):
        await first
    book.fails = False
    assert await asking.vouched("h1", "h1", unknown(1))


async def test_a_question_that_was_settled_elsewhere_closes_and_the_others_stay() -> None:
    class Slow(Keyboard):
        async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
            self.asked.append(f"{len(hosts)}")
            try:
                return await asyncio.Event().wait()
            finally:
                self.asked.append("closed")

    keyboard = Slow()
    asking = Asking(keyboard, Book().save)
    waiting = asyncio.create_task(ask(asking, 5))
    while not keyboard.asked:
        await asyncio.sleep(0.01)
    asking.forget({"h0", "h1"})
    await asyncio.sleep(0)
    assert keyboard.asked == ["5"]
    asking.forget({"h2", "h3", "h4"})
    assert await waiting == [False] * 5
    assert keyboard.asked == ["5", "closed"]
    keyboard.trusts = True
    assert await ask(asking, 2) == [True] * 2


async def test_who_leaves_ends_the_question() -> None:
    class Slow(Keyboard):
        async def trust(self, host: str, key: str, fingerprint: str) -> bool:
            self.asked.append(host)
            return await asyncio.Event().wait()

    keyboard = Slow()
    asking = Asking(keyboard, Book().save)
    waiting = asyncio.create_task(asking.vouched("h0", "h0", unknown(0)))
    while not keyboard.asked:
        await asyncio.sleep(0.01)
    await asking.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
