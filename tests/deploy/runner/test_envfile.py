"""Secrets are read back as they were written."""

import pytest

from clawtui_runner.envfile import text, values
from clawtui_runner.fault import Fault


@pytest.mark.parametrize("value", ["", "plain", 'a"b', "back\\slash\\", "two\nlines\n", "$HOME `x`", '\\"', 'x"\nB="y'])
def test_a_value_comes_back_as_it_was(value: str) -> None:
    assert values(text({"A": value, "B": "other"})) == {"A": value, "B": "other"}


def test_a_zero_byte_is_refused_by_name() -> None:
    with pytest.raises(Fault, match="TOKEN holds a zero byte"):
        text({"TOKEN": "a\0b"})
