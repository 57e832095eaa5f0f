"""Numbers and plans in words: a little is never none, and no exponent is read by people."""

import pytest

from clawtui.engine.words import amounts, percentage, reverting


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.0, "0"), (1e-9, "<0.01"), (0.00006, "0.01"), (0.0004, "0.04"), (0.00097, "0.1"), (0.021, "2.1"), (0.05, "5"),
        (0.0997, "10"), (0.714, "71"), (1.0, "100"), (-1e-9, "0"),
    ],
)  # fmt: skip
def test_a_ratio_has_the_digits_that_matter(ratio: float, words: str) -> None:
    assert percentage(ratio) == words


def test_a_tiny_value_beside_its_limit_has_no_exponent() -> None:
    assert amounts(0.0000002, 0.01, "ratio") == ("<0.01", "1", "%")


def test_what_cannot_be_undone_is_not_said_to_revert_with_anything() -> None:
    assert reverting("cannot be undone") == "cannot be undone"
    assert reverting("clawtui agent remove web-1") == "reverts with: clawtui agent remove web-1"
