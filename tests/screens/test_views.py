"""A view is the way the fleet is listed: saved, brought back in another session, found in the palette."""

from clawtui.engine.boundary.views import SavedView, Views, ViewsQuery
from clawtui_screens.palette import EverythingProvider
from tests.engine.synthetic import SyntheticEngine
from tests.screens.front import EPOCH, fleet, opened, recording, root, said, settle, words


async def typed(pilot, line: str) -> None:  # type: ignore[no-untyped-def]  # Pilot[None]
    await pilot.press("colon", *line, "enter")
    await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group in ("prompt", "learn")])
    await settle(pilot)


async def test_a_view_of_one_session_is_there_in_the_next_with_all_that_belongs_to_it() -> None:
    engine = SyntheticEngine(12, at=EPOCH)
    async with opened(engine) as (app, pilot, _):  # type: ignore[arg-type]  # any engine
        await pilot.press("s", "p", "s", "p", "equals_sign", "ampersand", *"gpu-00", "enter", "w")
        await typed(pilot, "view save night")
        assert "view night is saved" in said(app)
    night = engine.saved["night"]
    assert (night.sort, night.reverse, night.group, night.filters, night.wide) == (
        "p95",
        True,
        "site",
        ("gpu-00",),
        True,
    )
    async with opened(engine) as (app, pilot, _):  # type: ignore[arg-type]
        await typed(pilot, "view night")
        wish = root(app).wish
        assert (wish.sort, wish.reverse, wish.group, wish.filters, root(app).wide) == (
            "p95",
            True,
            "site",
            ("gpu-00",),
            True,
        )
        assert "only gpu-00" in words(app)
        await typed(pilot, "view rm night")
        await typed(pilot, "view night")
        assert "no view 'night'; saved: none" in said(app)


async def test_the_window_of_the_charts_belongs_to_the_view() -> None:
    engine = SyntheticEngine(12, at=EPOCH)
    async with opened(engine) as (app, pilot, _):  # type: ignore[arg-type]
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("plus", "q")
        await typed(pilot, "view save long")
        assert engine.saved["long"].window_s == 7200.0
    async with opened(engine) as (app, pilot, _):  # type: ignore[arg-type]
        await typed(pilot, "view long")
        await pilot.press("enter")
        await settle(pilot)
        assert app.screen.state.history.window_s == 7200.0  # type: ignore[attr-defined]


async def test_tab_completes_names_and_the_palette_lists_them() -> None:
    known = Views((SavedView("night"), SavedView("[/x]\x1b[6n")))
    async with opened(recording(fleet(3), answers=[(ViewsQuery(), known)])) as (app, pilot, _):
        await pilot.press("colon", *"view ni")
        await settle(pilot)
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert root(app).wish.filters == ()
        provider = EverythingProvider(app.screen)
        await provider.startup()
        offers = [offer for offer, _ in provider._offers()]
        assert "view night" in offers
        assert not any("\x1b" in offer for offer in offers)


async def test_a_view_of_a_later_version_falls_back_to_what_is_known() -> None:
    later = Views((SavedView("later", sort="joules", group="planet", filters=("gpu",)),))
    async with opened(recording(fleet(3), answers=[(ViewsQuery(), later)])) as (app, pilot, _):
        await typed(pilot, "view later")
        wish = root(app).wish
        assert (wish.sort, wish.group, wish.filters) == ("triage", "", ("gpu",))
