"""Opens the screens: the one door that the command line knows."""

import os
import sys

from clawtui.engine.boundary import Engine
from clawtui.errors import ClawtuiError
from clawtui.settings import Settings
from clawtui_screens.guard import guarded


def run(engine: Engine, settings: Settings, *, title: str = "") -> None:
    """Blocks until the operator leaves; owns the event loop, and enters the engine after the first frame."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from clawtui_screens.app import ClawApp

    with guarded():
        app = ClawApp(engine, settings, title=title)
        app.run(mouse=settings.ui.mouse)
    for line in app.handover():
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    if app.return_code:  # Textual has printed what went wrong
        raise SystemExit(ClawtuiError.exit_code)
