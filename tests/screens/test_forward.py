"""`f` asks for the far port, a line says what is forwarded as long as something is, `F` ends it."""

import pytest

from clawtui.engine.boundary.forwards import EndForward, ForwardPort, Forwards, ForwardView
from clawtui.engine.recorded import Heard
from clawtui_screens.widgets.forwardline import forward_parts
from tests.engine.synthetic import SyntheticEngine
from tests.screens.front import EPOCH, SIZES, fleet, looks, opened, recording, rows, said, settle, words
from tests.screens.test_recorded import seen

ONE = ForwardView("f1", "gpu-007", 18000, 8000, EPOCH, 12_300, 4_560_000, 2)
TWO = ForwardView("f2", "日本語のとても長いホスト名", 9100, 9100, EPOCH, words="its sshd forwards no TCP")


@pytest.mark.parametrize("where", ["fleet", "host"])
async def test_f_offers_the_known_ports_forwards_and_big_f_ends_it(where: str) -> None:
    engine = SyntheticEngine(12, at=EPOCH)
    async with opened(engine) as (app, pilot, _):  # type: ignore[arg-type]  # any engine
        if where == "host":
            await pilot.press("enter")
            await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        await seen(app, pilot, "port on gpu-007: REMOTE or LOCAL:REMOTE; known: 8000 bot, 9100 node-exporter")
        await pilot.press(*"18000:80", "tab", "enter")
        await seen(app, pilot, "F ends 127.0.0.1:18000 → gpu-007:8000")
        assert ForwardPort("gpu-007", 8000, 18000) in engine.done
        await pilot.press("F")
        await settle(pilot)
        assert any(isinstance(intent, EndForward) for intent in engine.done)
        assert "F ends" not in words(app)


async def test_of_several_the_operator_chooses_which_ends() -> None:
    async with opened(recording(fleet(3), Heard(0.0, "forwards", Forwards((ONE, TWO))))) as (app, pilot, _):
        engine = app.desk.engine
        await pilot.press("F")
        await settle(pilot)
        await seen(app, pilot, "end which forwarded port?")
        await pilot.press("s")
        await settle(pilot)
        assert EndForward("f2") in engine.done  # type: ignore[attr-defined]


async def test_what_is_no_port_is_a_sentence_and_the_prompt_line_does_the_same() -> None:
    engine = SyntheticEngine(12, at=EPOCH)
    async with opened(engine) as (app, pilot, _):  # type: ignore[arg-type]
        await pilot.press("f", *"eighty", "enter")
        await settle(pilot)
        assert "'eighty' names no ports" in said(app)
        await pilot.press("colon", *"forward gpu-003 9100", "enter")
        await settle(pilot)
        assert ForwardPort("gpu-003", 9100) in engine.done


@pytest.mark.parametrize("size", SIZES)
async def test_the_line_of_forwarded_ports_looks_as_it_did(size: str) -> None:
    heard = Heard(0.0, "forwards", Forwards((ONE, TWO)))
    async with opened(recording(fleet(6), heard), SIZES[size]) as (app, pilot, _):
        await looks(pilot, app, f"fleet-forwards-{size}")
        await pilot.press("enter")
        await settle(pilot)
        assert any(line.startswith(" F ends") for line in rows(app))


def test_a_hostile_name_and_reason_become_harmless() -> None:
    evil = "\x1b]52;c;ZXZpbA==\x07[/x]\u202e"
    shown = "".join(part for part, _ in forward_parts((ForwardView("f", evil, 1, 2, 0.0, words=evil),), 120))
    assert shown.isprintable()
