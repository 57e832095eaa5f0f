"""What every screen is handed: the engine, the operator's settings, a clock and the glyphs of this terminal."""

import locale
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clawtui.engine.boundary import Engine
from clawtui.errors import UsageError
from clawtui.settings import Settings
from clawtui_screens.look import UNICODE, Glyphs, glyphs


@dataclass(slots=True)
class Desk:
    """Given to a screen's constructor; screens know the application by nothing else."""

    engine: Engine
    refresh_s: float = 1.0
    still_s: float = 3.0
    arm_minutes: float = 10.0
    fold: int = 30
    clock: Callable[[], float] = time.time
    zone: tzinfo = UTC
    # where clocks on screen are read; `:set tz` changes it
    glyphs: Glyphs = UNICODE
    window_s: float = 1800.0
    # of the charts of the next host that is opened: the last one chosen

    def set_zone(self, name: str) -> None:
        """`:set tz NAME`."""
        self.zone = named_zone(name)

    @classmethod
    def of(cls, engine: Engine, settings: Settings, clock: Callable[[], float] = time.time) -> "Desk":
        """From the settings and the locale of this terminal."""
        ui = settings.ui
        return cls(
            engine=engine,
            refresh_s=ui.refresh_s,
            still_s=ui.still_s,
            arm_minutes=ui.arm_minutes,
            fold=ui.fold,
            clock=clock,
            zone=named_zone(ui.timezone),
            glyphs=glyphs(ui.ascii, locale.getpreferredencoding(do_setlocale=False)),
        )


def named_zone(name: str) -> tzinfo:
    """UTC, local, or a zone by name; UsageError for a name that no database knows."""
    if name == "UTC":
        return UTC
    if name == "local":
        return datetime.now().astimezone().tzinfo or UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"no time zone {name!r}: write UTC, local, or a name such as Europe/Berlin") from error
