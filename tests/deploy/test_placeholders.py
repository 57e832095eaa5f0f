"""Placeholders: what a command leaves open is filled in, what only looks like it stays."""

import pytest

from clawtui.deploy.placeholders import filled, taken

VALUES = {"socket": "/run/s", "artifact.model": "/srv/m.onnx"}


@pytest.mark.parametrize(
    ("text", "found", "full"),
    [
        ("serve --uds {socket} {artifact.model}", ("socket", "artifact.model"), "serve --uds /run/s /srv/m.onnx"),
        ('{"a": {"b": 1}} {}', (), '{"a": {"b": 1}} {}'),
        ("{{socket}} and {socket}", ("socket",), "{socket} and /run/s"),
        ("{{{socket}}}", (), "{{socket}}"),
    ],
)
def test_words_in_braces_are_filled_and_nothing_else(text: str, found: tuple[str, ...], full: str) -> None:
    assert taken(text) == found
    assert filled(text, VALUES) == full


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="port"):
        filled("{port}", VALUES)
