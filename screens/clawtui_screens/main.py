"""Opens the screens: the one door that the command line knows."""

import errno
import os
import signal
import sys

from clawtui.engine.boundary import Engine
from clawtui.errors import ClawtuiError
from clawtui.settings import Settings
from clawtui_screens.guard import guarded


def run(engine: Engine, settings: Settings, *, title: str = "") -> None:
    """Blocks until the operator leaves; owns the event loop, and enters the engine after the first frame."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from clawtui_screens.app import ClawApp

    try:
        with guarded():
            app = ClawApp(engine, settings, title=title)
            app.run(mouse=settings.ui.mouse)
        for line in app.handover():
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as failure:
        if failure.errno != errno.EIO:
            raise
        raise SystemExit(_nobody_reads()) from None
    if app.return_code:  # Textual has printed what went wrong
        raise SystemExit(ClawtuiError.exit_code)


def _nobody_reads() -> int:
    """The terminal is gone: nothing can be said to anybody, nor flushed when the interpreter ends. As after SIGHUP."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return 128 + signal.SIGHUP
