"""Opens the screens: the one door that the command line knows."""

import os
import sys

from clawtui.engine.boundary import Engine
from clawtui.settings import Settings


def run(engine: Engine, settings: Settings, *, title: str = "") -> None:
    """Blocks until the operator leaves; owns the event loop, and enters the engine after the first frame."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from clawtui_screens.app import ClawApp

    app = ClawApp(engine, settings, title=title)
    app.run(mouse=settings.ui.mouse)
    for line in app.handover():
        sys.stdout.write(f"{line}\n")
    if app.return_code:
        raise SystemExit(app.return_code)
