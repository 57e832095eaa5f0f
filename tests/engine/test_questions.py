"""Questions to the operator: asked once, answered by id, closed for everybody, secrets nowhere."""

import asyncio
import logging

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.demo.fleet import DemoFleet
from clawtui.engine.boundary import Event
from clawtui.engine.boundary.prompts import AnswerPrompt, Prompt, PromptClosed
from clawtui.engine.boundary.value import State
from clawtui.engine.local import LocalEngine
from clawtui.engine.questions import Questions
from clawtui.fleet.prompts import BECOMING_ROOT, CONNECTING
from clawtui.settings import load
from tests.engine.doubles import until


class Desk:
    def __init__(self) -> None:
        self.told: list[Event] = []
        self.asking: list[tuple[str, str]] = []
        self.questions = Questions(lambda topic, event: self.told.append(event), lambda *what: self.asking.append(what))


async def test_a_question_waits_for_its_answer_and_is_closed() -> None:
    desk = Desk()
    asked = asyncio.create_task(desk.questions.trust("a", "ssh-ed25519 AAAA", "SHA256:x"))
    await asyncio.sleep(0)
    (prompt,) = desk.told
    assert isinstance(prompt, Prompt)
    assert (prompt.kind, prompt.fingerprint) == ("host-key", "SHA256:x")
    assert desk.questions.answer(AnswerPrompt(prompt.id, "yes")).done
    assert await asked
    assert desk.told[-1] == PromptClosed(prompt.id)
    assert desk.questions.open == {}
    assert desk.asking[-1] == ("a", "")


@pytest.mark.parametrize("answer", ["no", "", "y", "YES please"])
async def test_anything_but_yes_is_no(answer: str) -> None:
    desk = Desk()
    asked = asyncio.create_task(desk.questions.trust("a", "ssh-ed25519 AAAA", "SHA256:x"))
    await asyncio.sleep(0)
    desk.questions.answer(AnswerPrompt("q1", answer))
    assert not await asked


async def test_a_secret_says_what_it_is_for() -> None:
    desk = Desk()
    for purpose in (CONNECTING, BECOMING_ROOT):
        asked = asyncio.create_task(desk.questions.secret("a", "sudo password of ops", purpose))
        await asyncio.sleep(0)
        desk.questions.answer(AnswerPrompt(next(iter(desk.questions.open)), "x"))
        assert await asked == "x"
    texts = [event.text for event in desk.told if isinstance(event, Prompt)]
    assert texts == [
        "Needed to connect to a; it is kept in memory only.",
        "Needed to become root on a; it is kept in memory only.",
    ]


async def test_who_gives_up_asking_closes_the_question() -> None:
    desk = Desk()
    asked = asyncio.create_task(desk.questions.secret("a", "Passphrase"))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert desk.told[-1] == PromptClosed("q1")
    assert desk.questions.answer(AnswerPrompt("q1", "late")).code == 77


async def test_many_unknown_keys_are_one_question_with_the_bulk_ways_and_every_row_waits() -> None:
    desk = Desk()
    hosts = tuple(f"h{number}" for number in range(197))
    asked = asyncio.create_task(desk.questions.one_by_one(hosts))
    await asyncio.sleep(0)
    (prompt,) = desk.told
    assert isinstance(prompt, Prompt)
    assert (prompt.kind, prompt.title) == ("host-keys", "197 hosts show keys nobody vouched for")
    assert "clawtui trust SELECTOR --from FILE" in prompt.text
    assert {host for host, what in desk.asking if what} == set(hosts)
    desk.questions.answer(AnswerPrompt(prompt.id, "no"))
    assert not await asked
    assert {host for host, what in desk.asking if not what} == set(hosts)


async def test_a_secret_is_in_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk = Desk()
    asked = asyncio.create_task(desk.questions.secret("a", "Passphrase for key"))
    await asyncio.sleep(0)
    intent = AnswerPrompt("q1", "hunter2")
    logging.getLogger("clawtui").warning("intent %r", intent)
    desk.questions.answer(intent)
    assert await asked == "hunter2"
    assert "hunter2" not in caplog.text + repr(desk.told) + repr(desk.questions.__dict__)


async def test_an_unknown_key_is_asked_once_over_the_boundary_and_the_host_comes_alive() -> None:
    async with DemoFleet() as demo:
        demo.places.known_hosts.write_text("")
        engine = LocalEngine(demo.fleet, load(demo.places, {}, {}), load_rules(demo.places), demo.places)
        name, refused = demo.fleet.hosts[0].name, demo.fleet.hosts[1].name
        async with engine:
            async with asyncio.timeout(15.0):
                left = {host.name for host in demo.fleet.hosts}
                async for event in engine.subscribe("prompts"):
                    if isinstance(event, Prompt) and event.kind == "host-keys":
                        assert event.title.endswith("hosts show keys nobody vouched for")
                        await engine.do(AnswerPrompt(event.id, "yes"))
                    elif isinstance(event, Prompt):
                        assert event.fingerprint.startswith("SHA256:")
                        await engine.do(AnswerPrompt(event.id, "no" if event.host == refused else "yes"))
                        left.discard(event.host)
                    if not left:
                        break
            rows = engine.frames
            await until(lambda: rows.look(name, 0.0, asyncio.get_running_loop().time()).metrics != {}, 15.0)
            row = rows.look(refused, 0.0, 0.0)
            await until(lambda: rows.look(refused, 0.0, 0.0).state is State.UNKNOWN)
            assert row.name == refused
            assert rows.look(refused, 0.0, 0.0).remedy == f"clawtui trust {refused}"
