"""Settings: shipped ← system ← user ← environment ← flags, parsed once into one frozen value that knows its origins.

config/settings.toml is manual, example and schema at once; a test compares its keys and values with the defaults here.
"""

import difflib
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import cast
from zoneinfo import ZoneInfo

from clawtui import shipped
from clawtui.errors import ConfigError
from clawtui.fleet.host import Origin
from clawtui.fleet.options import SshOptions
from clawtui.fleet.tables import Document
from clawtui.places import Places

FILE = "settings.toml"
VERSION = 1
CHOICES: Mapping[str, tuple[str, ...]] = {
    "ui.theme": ("clawtui-dark", "clawtui-light", "clawtui-contrast", "clawtui-ansi"),
    "ui.ascii": ("auto", "always", "never"),
}
MAY_BE_ZERO = ("ui.still_s", "ui.fold", "metrics.stale_least_s")


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The `[ui]` table."""

    theme: str = "clawtui-dark"
    ascii: str = "auto"
    mouse: bool = True
    timezone: str = "UTC"
    refresh_s: float = 1.0
    still_s: float = 3.0
    arm_minutes: float = 10.0
    fold: int = 30
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    # binding id to key


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """The `[metrics]` table."""

    stale_periods: int = 3
    stale_least_s: float = 3.0
    overview_s: int = 1800


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The `[agent]` table."""

    rings_max_bytes: int = 134_217_728


@dataclass(frozen=True, slots=True)
class ActionsSettings:
    """The `[actions]` table."""

    keep_bytes: int = 10_485_760


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; `origins` says where each key that was set comes from."""

    ui: UiSettings = UiSettings()
    ssh: SshOptions = field(default_factory=SshOptions)
    metrics: MetricsSettings = MetricsSettings()
    agent: AgentSettings = AgentSettings()
    actions: ActionsSettings = ActionsSettings()
    origins: Mapping[str, Origin] = field(default_factory=dict[str, Origin])


def load(places: Places, environ: Mapping[str, str], flags: Mapping[str, object]) -> Settings:
    """Read all layers; `flags` maps "ui.theme" to its value. Any mistake is a ConfigError naming where it stands."""
    settings = _layer(Settings(), Document.parse(shipped.read(FILE), f"shipped {FILE}"))
    for folder in (places.system, places.config):
        if (folder / FILE).exists():
            settings = _layer(settings, Document.read(folder / FILE))
    for variable, key in _variables(settings, environ):
        settings = _set(settings, key, environ[variable], Origin(f"${variable}"))
    for key, value in flags.items():
        settings = _set(settings, key, value, Origin(f"--{key.rpartition('.')[2].replace('_', '-')}"))
    return settings


def keys(settings: Settings) -> Iterator[tuple[str, object]]:
    """Every key with its value: "ui.theme", "clawtui-dark"."""
    for name in _sections():
        section = getattr(settings, name)
        for entry in fields(section):
            yield f"{name}.{entry.name}", getattr(section, entry.name)


def _sections() -> list[str]:
    return [entry.name for entry in fields(Settings) if entry.name != "origins"]


def _layer(settings: Settings, document: Document) -> Settings:
    top = document.top()
    for name in document.values:
        if name not in ("version", *_sections()):
            raise document.error(f"unknown key; {_nearest(name, _sections())}", (name, 0, ""), name)
    if top.whole("version", VERSION, 0, 10**9) != VERSION:
        raise top.error(
            f"this clawtui reads version {VERSION}; a newer clawtui wrote this file, upgrade it here", "version"
        )
    for name in _sections():
        table = document.table(name)
        table.only(entry.name for entry in fields(getattr(settings, name)))
        for key, value in table.values.items():
            line = document.lines.get((name, 0, key), table.line)
            settings = _set(settings, f"{name}.{key}", value, Origin(document.file, line))
    return settings


def _variables(settings: Settings, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The environment variables that are settings, and the key each stands for."""
    known = {f"CLAWTUI_{key.replace('.', '_').upper()}": key for key, _ in keys(settings) if key != "ui.keys"}
    prefixes = tuple(f"CLAWTUI_{name.upper()}_" for name in _sections())
    for variable in sorted(environ):
        if variable in known:
            yield variable, known[variable]
        elif variable.startswith(prefixes):
            raise ConfigError(f"names no setting; {_nearest(variable, list(known))}", file="environment", key=variable)


def _set(settings: Settings, key: str, value: object, origin: Origin) -> Settings:
    known = dict(keys(settings))
    if key not in known:
        raise ConfigError(f"unknown key; {_nearest(key, list(known))}", file=origin.file, line=origin.line, key=key)
    try:
        parsed = _parse(key, value, known[key])
    except ValueError as mistake:
        raise ConfigError(str(mistake), file=origin.file, line=origin.line, key=key) from mistake
    name, _, entry = key.partition(".")
    section = replace(getattr(settings, name), **{entry: parsed})
    return replace(settings, **{name: section}, origins={**settings.origins, key: origin})


def _parse(key: str, value: object, default: object) -> object:
    """The value in the type of its default; texts from environment and flags are read as that type."""
    match default:
        case bool():
            return _flag(value)
        case int() | float():
            return _number(key, value, whole=isinstance(default, int))
        case str():
            return _words(key, value)
        case _:
            items = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
            if not all(isinstance(item, str) and item for item in items.values()):
                raise ValueError('must map binding ids to keys: "fleet.sort" = "S"')
            return dict(items)


def _flag(value: object) -> bool:
    found = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(str(value).lower())
    if found is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        raise ValueError(f"must be true or false, not {value!r}")
    return found


def _number(key: str, value: object, *, whole: bool) -> float:
    number: float = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str):
        with suppress(ValueError):
            number = int(value) if whole else float(value)
    if not math.isfinite(number) or number < 0 or (number == 0 and key not in MAY_BE_ZERO) or (whole and number % 1):
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"must be {kind} above 0, not {value!r}")
    return int(number) if whole else float(number)


def _words(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"must be one line of text in quotes, not {value!r}")
    if key in CHOICES and value not in CHOICES[key]:
        raise ValueError(f"must be one of {', '.join(CHOICES[key])}, not {value!r}")
    if key == "ui.timezone" and value not in ("UTC", "local"):
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"must be UTC, local or a time zone such as Europe/Berlin, not {value!r}") from None
    return value


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
