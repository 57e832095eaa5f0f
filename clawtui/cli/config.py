"""`clawtui config`: where things lie, and every setting with its origin."""

import argparse
from dataclasses import fields, is_dataclass

from clawtui.cli.call import Call
from clawtui.places import Places


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    del parser


def run(call: Call) -> int:
    """Print folders, files and settings."""
    from clawtui.settings import load

    loaded = load(call.places, call.environ, {})
    values = _flat("", loaded)
    rows = tuple((key, str(value), str(loaded.origins.get(key, ""))) for key, value in values.items())
    if call.options.json:
        call.out.json(
            {
                "version": 1,
                "places": _places(call.places),
                "settings": {key: {"value": values[key], "origin": origin} for key, _, origin in rows},
            }
        )
        return 0
    for name, path in _places(call.places).items():
        call.out.line(f"{name.ljust(13)}{path}")
    call.out.line()
    call.out.table(("SETTING", "VALUE", "FROM"), rows)
    return 0


def _places(places: Places) -> dict[str, str]:
    """Folders and files by name."""
    return {
        "config": str(places.config),
        "system": str(places.system),
        "contexts": str(places.contexts),
        "settings": str(places.config / "settings.toml"),
        "rules": str(places.config / "rules.toml"),
        "known_hosts": str(places.known_hosts),
        "state": str(places.state),
        "actions": str(places.actions),
        "log": str(places.state / "log"),
        "runtime": str(places.runtime),
        "cache": str(places.cache),
    }


def _flat(prefix: str, value: object) -> dict[str, object]:
    """`table.key` → value, for every leaf of the settings."""
    found: dict[str, object] = {}
    if not is_dataclass(value):
        return found
    for field in fields(value):
        inner: object = getattr(value, field.name)
        key = f"{prefix}{field.name}"
        if is_dataclass(inner):
            found |= _flat(f"{key}.", inner)
        elif key != "origins":
            found[key] = inner if isinstance(inner, (str, int, float, bool)) else str(inner)
    return found
