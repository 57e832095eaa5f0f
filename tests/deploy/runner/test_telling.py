"""Which lines of a journal tell why a service does not do its work."""

import pytest

from clawtui_runner.health import telling

TRACEBACK = (
    "INFO:     Started server process [7]",
    "ERROR:    Exception in ASGI application",
    "Traceback (most recent call last):",
    '  File "/srv/clawtui/bot/current/app/app.py", line 15, in healthz',
    '    raise RuntimeError("broken")',
    "           ^^^^^^^^^^^^^^^^^^^^",
    "RuntimeError: broken",
)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            TRACEBACK,
            ["ERROR:    Exception in ASGI application", "Traceback (most recent call last):", "RuntimeError: broken"],
        ),
        (("", "  only", "  indented"), ["only", "indented"]),
        ((), []),
    ],
)
def test_of_a_traceback_the_error_is_told_and_not_its_frames(lines: tuple[str, ...], told: list[str]) -> None:
    assert list(telling(lines)) == told
