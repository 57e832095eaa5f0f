"""The bar says when the certificate that we came in by ends, in words that fit."""

import pytest

from clawtui.engine.boundary.hosts import Summary
from clawtui_screens.look import Tone
from clawtui_screens.widgets.bar import _certificate

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("left", "wide", "words", "tone"),
    [
        (None, True, "", None),
        (25 * 60, True, "cert ends 25m00", Tone.WARNING),
        (25 * 60, False, "cert 25m00", Tone.WARNING),
        (6 * 3600, True, "cert ends 6h00", Tone.DIM),
        (6 * 3600, False, "", None),
        (-1, True, "cert ended", Tone.ERROR),
        (-1, False, "cert!", Tone.ERROR),
    ],
)
def test_a_certificate_is_shown_while_it_matters(left: float | None, wide: bool, words: str, tone: Tone | None) -> None:
    summary = Summary("c", "dev", False, None, {}, "", certificate_ends=None if left is None else NOW + left)
    parts = _certificate(summary, NOW, "|", wide=wide)
    assert "".join(part for part, _ in parts[1:]) == words
    assert [of for _, of in parts[1:]] == ([tone] if tone else [])
