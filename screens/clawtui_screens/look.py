"""How things look: the only place where a state becomes a colour, and a meaning becomes a glyph."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from clawtui.engine.boundary.value import Severity, State


class Tone(StrEnum):
    """The six meanings that have a colour, and plain text."""

    ERROR = "error"
    WARNING = "warning"
    STALE = "stale"
    OK = "ok"
    ACCENT = "accent"
    DIM = "dim"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One cell each; the second table is what a terminal without Unicode gets."""

    states: dict[State, str]
    cursor: str
    mark: str
    rule: str
    bar: str
    nothing: str
    more: str
    spark: str
    ascii: bool

    def fit(self, text: str) -> str:
        """Text as this terminal can show it."""
        return _ascii(text) if self.ascii and not text.isascii() else text


UNICODE = Glyphs(
    states={
        State.DOWN: "✗",
        State.CRITICAL: "✗",
        State.REFUSED: "⊘",
        State.STALE: "◐",
        State.WARNING: "▲",
        State.NO_AGENT: "○",
        State.DRAINED: "‖",
        State.UNKNOWN: "?",
        State.LOADING: "·",
        State.OK: "●",
    },
    cursor="▌",
    mark="✓",
    rule="─",
    bar="│",
    nothing="—",
    more="…",
    spark="▁▂▃▄▅▆▇█",
    ascii=False,
)
ASCII = Glyphs(
    states={
        State.DOWN: "X",
        State.CRITICAL: "X",
        State.REFUSED: "#",
        State.STALE: "~",
        State.WARNING: "!",
        State.NO_AGENT: "o",
        State.DRAINED: "=",
        State.UNKNOWN: "?",
        State.LOADING: ":",
        State.OK: ".",
    },
    cursor=">",
    mark="*",
    rule="-",
    bar="|",
    nothing="-",
    more="~",
    spark="_.-:=+*#",
    ascii=True,
)

_STATE_TONES = {
    State.DOWN: Tone.ERROR,
    State.CRITICAL: Tone.ERROR,
    State.REFUSED: Tone.ERROR,
    State.STALE: Tone.STALE,
    State.WARNING: Tone.WARNING,
    State.NO_AGENT: Tone.STALE,
    State.DRAINED: Tone.DIM,
    State.UNKNOWN: Tone.STALE,
    State.LOADING: Tone.DIM,
    State.OK: Tone.OK,
}
_STATE_WORDS = {
    State.CRITICAL: "CRIT",
    State.WARNING: "WARN",
    State.NO_AGENT: "NO AGENT",
    State.OK: "ok",
    State.LOADING: "loading",
}
_KIND_BANDS = {"prod": Tone.ERROR, "staging": Tone.WARNING, "dev": Tone.OK}


def state_tone(state: State) -> Tone:
    """The colour that a host state has everywhere."""
    return _STATE_TONES[state]


def state_word(state: State) -> str:
    """The word beside the glyph: trouble in capitals, health in small letters."""
    return _STATE_WORDS.get(state, state.upper())


def severity_tone(severity: Severity) -> Tone:
    """The colour of a breached rule or a notice."""
    return {Severity.CRITICAL: Tone.ERROR, Severity.WARNING: Tone.WARNING, Severity.INFO: Tone.ACCENT}[severity]


def kind_tone(kind: str) -> Tone:
    """The band of a context: red is production; a kind nobody knows counts as production."""
    return _KIND_BANDS.get(kind, Tone.ERROR)


def glyphs(setting: str, encoding: str | None) -> Glyphs:
    """The table for `ui.ascii` (always, never, auto) and the encoding of the locale."""
    if setting == "auto":
        return UNICODE if (encoding or "").lower().replace("-", "").replace("_", "") == "utf8" else ASCII
    return ASCII if setting == "always" else UNICODE


def _theme(name: str, colours: str, *, dark: bool = True, ansi: bool = False) -> Theme:
    """Ten colours in a fixed order: ground, raised, cursor, text, error, warning, stale, ok, accent, dim."""
    ground, raised, cursor, plain, error, warning, stale, ok, accent, dim = colours.split()
    return Theme(
        name=name,
        primary=accent,
        secondary=accent,
        warning=warning,
        error=error,
        success=ok,
        accent=accent,
        foreground=plain,
        background=ground,
        surface=raised,
        panel=raised,
        boost=raised,
        dark=dark,
        ansi=ansi,
        variables=(BUILTIN_THEMES["ansi-dark"].variables if ansi else {})
        | {
            "stale": stale,
            "ok": ok,
            "dim": dim,
            "plain": plain,
            "cursor": cursor,
            "ground": ground,
            "raised": raised,
        }
        | {"block-cursor-text-style": "none", "footer-key-foreground": accent, "input-selection-background": cursor},
    )


THEMES = (
    _theme("clawtui-dark", "#0e1113 #171b1e #242c33 #cdd3d8 #ff6f66 #f0b449 #c39ae0 #86a48d #6fb3f2 #838c93"),
    _theme(
        "clawtui-light", "#f8f8f5 #ecece6 #d7dfe8 #1f2428 #b3201a #805200 #6d3f94 #3f6649 #0a56a3 #626a70", dark=False
    ),
    _theme("clawtui-contrast", "#000000 #1c1c1c #3a3a3a #ffffff #ff6b6b #ffd75f #dcb4ff #8fe08f #8fd7ff #c4c4c4"),
    _theme(
        "clawtui-ansi",
        "ansi_default ansi_default ansi_bright_black ansi_default"
        " ansi_red ansi_yellow ansi_magenta ansi_green ansi_cyan ansi_bright_black",
        ansi=True,
    ),
)


class Palette:
    """Rich styles of one theme, made once: what line-painting widgets write segments with."""

    def __init__(self, theme: Theme) -> None:
        self._colours = {
            name: Color.parse(theme.variables[name])
            for name in ("stale", "ok", "dim", "plain", "ground", "cursor", "raised")
        }
        named = {"error": theme.error, "warning": theme.warning, "accent": theme.accent}
        self._colours |= {name: Color.parse(colour or "ansi_default") for name, colour in named.items()}
        self._ansi = theme.ansi
        self._styles: dict[tuple[Tone, bool, bool], Style] = {}

    def style(self, tone: Tone, *, cursor: bool = False, bold: bool = False) -> Style:
        """Foreground of a tone on the ground, or on the cursor's background."""
        found = self._styles.get((tone, cursor, bold))
        if found is None:
            found = self._styles[tone, cursor, bold] = self._made(tone, cursor=cursor, bold=bold)
        return found

    def band(self, tone: Tone) -> Style:
        """Dark letters on the colour itself: the context's name in the bar."""
        if self._ansi:
            return Style(color=self._colours[tone.value].rich_color, reverse=True, bold=True)
        return Style(color=self._colours["ground"].rich_color, bgcolor=self._colours[tone.value].rich_color, bold=True)

    def _made(self, tone: Tone, *, cursor: bool, bold: bool) -> Style:
        ground = self._colours["cursor" if cursor else "ground"]
        if self._ansi and cursor:  # the user's palette promises no two greys that differ: reverse always does
            return Style(reverse=True, bold=bold)
        return Style(color=self._colours[tone.value].rich_color, bgcolor=ground.rich_color, bold=bold)


@lru_cache(maxsize=8)
def palette(theme: str) -> Palette:
    """Styles of the theme of that name; a theme that is not ours is shown in our dark one."""
    return Palette(next((known for known in THEMES if known.name == theme), THEMES[0]))


_ASCII_WORDS = {
    "—": "-",
    "–": "-", "…": "...", "≤": "<=", "≥": ">=", "×": "x", "→": "->", "←": "<-", "·": "-", "›": ">", "−": "-", "°": "",
    "│": "|", "─": "-", "▲": "!", "✗": "X", "●": ".", "◐": "~", "‖": "=", "⊘": "#", "○": "o", "✓": "*",
    "Δ": "^", "▾": "*", "↑": "^", "↓": "v", "“": "\"", "”": "\"", "’": "'", "▌": ">", "▐": "<",
}  # fmt: skip


def _ascii(text: str) -> str:
    return "".join(char if char.isascii() else _ASCII_WORDS.get(char, "?") for char in text)
