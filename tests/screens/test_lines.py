"""Rows that move, and lines that are longer than the screen: what stands there is what is meant."""

from textual.app import App, ComposeResult

from clawtui_screens.look import THEMES, Glyphs, Tone, glyphs
from clawtui_screens.messages import CopyOut
from clawtui_screens.reader import Passage, Reader
from clawtui_screens.widgets.table import Cells, Key, Table
from tests.screens.front import rows, settle

LONG = "new-1 is trusted by known_hosts:1, not this key; if it was built anew: clawtui trust --replace new-1 --reason x"


def keys(names: str) -> list[Key]:
    return [("host", name) for name in names]


class Front(App[None]):
    """A table alone, or lines to read."""

    def __init__(self, *passages: Passage) -> None:
        super().__init__()
        self.shapes: Glyphs = glyphs("never", "utf-8")
        self.passages, self.copied = passages, list[str]()
        for known in THEMES:
            self.register_theme(known)
        self.theme = "clawtui-dark"

    def compose(self) -> ComposeResult:
        yield Table(self.shapes, lambda key: Cells(" ", Tone.DIM, ([(key[1] * 3, Tone.PLAIN)],), whole=True))

    def on_mount(self) -> None:
        if self.passages:
            self.push_screen(Reader("title", self.passages, self.shapes))

    def on_copy_out(self, message: CopyOut) -> None:
        self.copied.append(message.text)


async def test_rows_that_look_the_same_are_painted_where_they_have_moved_to() -> None:
    app = Front()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.query_one(Table)
        for names in ("abcd", "dabc", "bd", "abcd"):
            table.show(keys(names))
            await settle(pilot)
            assert "".join(line.strip(" ▌")[:1] for line in rows(app)[1:]) == names


async def test_a_long_line_goes_on_below_itself_and_is_copied_whole() -> None:
    app = Front(Passage([("✗ 1 host  ", Tone.ERROR), (LONG, Tone.PLAIN)]), Passage([("short", Tone.PLAIN)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        shown = " ".join(line.strip(" │▌") for line in rows(app) if "│" in line)
        assert LONG in shown.replace("✗ 1 host  ", "")
        await pilot.press("down", "y", "down", "down", "y")
        await settle(pilot)
        assert [words.endswith("--reason x") for words in app.copied] == [True, False]
        await pilot.resize_terminal(140, 24)
        await settle(pilot)
        assert any(LONG in line for line in rows(app))


async def test_the_footer_offers_no_key_that_does_nothing() -> None:
    app = Front(Passage([("short", Tone.PLAIN)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        footer = next(line for line in rows(app) if "copy line" in line)
        assert "enter" not in footer
