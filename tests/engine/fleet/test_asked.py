"""Logins that ask a person: passwords, codes, several rounds; once per bastion, and never without anybody there."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clawtui.errors import AuthFailed, LinkError, Unreachable
from clawtui.fleet.host import Host
from clawtui.places import Places
from tests.engine.fleet.asker import Asker, asking
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd

Start = Callable[..., Sshd]
TWO_ROUNDS = ((("Password: ", "first"),), (("Verification code: ", "123456"), ("Token: ", "tok")))


def host_at(asker: Asker, name: str = "a", **more: object) -> Host:
    return Host(name, address="127.0.0.1", port=asker.port, user="ops", **more)  # type: ignore[arg-type]  # the caller's own words


async def test_a_password_is_asked_for_where_nothing_else_lets_in(
    connect: Connect, places: Places, keyboard: Keyboard
) -> None:
    async with asking(Asker(password="hunter2")) as asker:
        know(places, asker.known_line())
        keyboard.secrets = ["wrong", "hunter2"]
        host = host_at(asker)
        async with connect(host) as connections:
            await connections.link(host)
            assert "password" in connections.facts(host)["asked for"]
    assert [question.split("@")[0] for question in keyboard.asked] == ["Password of ops"] * 2


async def test_several_rounds_of_a_two_factor_login_are_asked_in_order(
    connect: Connect, places: Places, keyboard: Keyboard
) -> None:
    async with asking(Asker(TWO_ROUNDS)) as asker:
        know(places, asker.known_line())
        keyboard.secrets = ["first", "123456", "tok"]
        host = host_at(asker)
        async with connect(host) as connections:
            reply = await (await connections.link(host)).run("echo hi", timeout_s=20)
    assert keyboard.asked == ["Password", "Verification code", "Token"]
    assert reply.status == 0


async def test_one_code_for_a_bastion_lets_every_host_behind_it_in(
    connect: Connect, places: Places, keyboard: Keyboard, sshd: Start
) -> None:
    target = sshd("target")
    async with asking(Asker(TWO_ROUNDS)) as asker:
        know(places, asker.known_line(), target.known_line())
        keyboard.secrets = ["first", "123456", "tok"]
        gate = host_at(asker, "gate")
        hosts = [host_of(target, f"t{number}", jump=("gate",)) for number in range(8)]
        async with connect(gate, *hosts) as connections:
            links = await asyncio.gather(*(connections.link(host) for host in hosts))
            replies = await asyncio.gather(*(link.run("echo hi", timeout_s=20) for link in links))
    assert [reply.text for reply in replies] == ["hi"] * 8
    assert (len(keyboard.asked), asker.logins) == (3, 1)


async def test_without_an_answer_the_question_is_named_and_not_repeated(
    connect: Connect, places: Places, keyboard: Keyboard
) -> None:
    async with asking(Asker(TWO_ROUNDS)) as asker:
        know(places, asker.known_line())
        host = host_at(asker)
        async with connect(host) as connections:
            with pytest.raises(AuthFailed, match="asks for 'Password' and got no answer; connect from a terminal"):
                await connections.link(host)
    assert (keyboard.asked, asker.tries) == (["Password"], 1)


async def test_wrong_answers_end_after_three_rounds_and_say_so(
    connect: Connect, places: Places, keyboard: Keyboard
) -> None:
    async with asking(Asker(TWO_ROUNDS)) as asker:
        know(places, asker.known_line())
        keyboard.secrets = ["wrong"] * 10
        host = host_at(asker)
        async with connect(host) as connections:
            with pytest.raises(AuthFailed, match="were not accepted") as caught:
                await connections.link(host)
    assert "wrong" not in str(caught.value)
    assert asker.tries == 3


async def test_typing_a_code_slowly_does_not_run_into_the_deadline(
    connect: Connect, places: Places, keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(host: str, title: str) -> str:
        await asyncio.sleep(2.5)
        return "123456"

    monkeypatch.setattr(keyboard, "secret", slowly)
    async with asking(Asker(((("Code: ", "123456"),),))) as asker:
        know(places, asker.known_line())
        host = host_at(asker)
        async with connect(host, connect_timeout_s=2.4) as connections:
            await connections.link(host)


async def test_a_host_that_goes_while_somebody_types_withdraws_its_question(
    connect: Connect, places: Places, keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, withdrawn = asyncio.Event(), asyncio.Event()

    async def forever(host: str, title: str) -> str:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            withdrawn.set()
        return ""

    monkeypatch.setattr(keyboard, "secret", forever)
    async with asking(Asker(password="x")) as asker:
        know(places, asker.known_line())
        host = host_at(asker)
        async with connect(host) as connections:
            attempt = asyncio.create_task(connections.link(host))
            await asyncio.wait_for(asked.wait(), 10)
            await connections.drop(host)
            await asyncio.wait_for(withdrawn.wait(), 10)
            attempt.cancel()  # whoever still waits after a drop begins anew, and would be asked again
            with pytest.raises((LinkError, asyncio.CancelledError)):
                await attempt


async def test_what_a_host_asks_is_hostile_text(connect: Connect, places: Places, keyboard: Keyboard) -> None:
    rounds = ((("\x1b]0;owned\x07 Pass\x1b[2Jword: ", "first"),),)
    async with asking(Asker(rounds, instructions="\x1b[31mread this")) as asker:
        know(places, asker.known_line())
        keyboard.secrets = ["first"]
        host = host_at(asker)
        async with connect(host) as connections:
            await connections.link(host)
    assert all(question.isprintable() for question in keyboard.asked)


async def test_no_secret_stands_in_any_command_line_or_environment(
    connect: Connect, places: Places, keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, seen = "S3cr3t-of-this-test", list[bytes]()

    async def answer(host: str, title: str) -> str:
        seen.extend(everything())
        return secret

    monkeypatch.setattr(keyboard, "secret", answer)
    async with asking(Asker(((("One: ", secret),), (("Two: ", secret),)))) as asker:
        know(places, asker.known_line())
        host = host_at(asker)
        async with connect(host) as connections:
            await connections.link(host)
            seen.extend(everything())
            assert secret not in repr(connections.__dict__)
    assert not any(secret.encode() in text for text in seen)


def everything() -> list[bytes]:
    """Command lines and environments of our own processes, as `ps` shows them."""
    found: list[bytes] = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            for name in ("cmdline", "environ"):
                try:
                    found.append((folder / name).read_bytes())
                except OSError:
                    continue
    return found


async def test_options_may_leave_ways_in_out(connect: Connect, places: Places, keyboard: Keyboard) -> None:
    async with asking(Asker(password="hunter2")) as asker:
        know(places, asker.known_line())
        host = host_at(asker, ssh_options={"passwordauthentication": "no"})
        async with connect(host) as connections:
            with pytest.raises((AuthFailed, Unreachable)):
                await connections.link(host)
    assert keyboard.asked == []
