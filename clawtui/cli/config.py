"""`clawtui config [show|check|accept]`: places, settings with their origins, whether all files are right, and which count."""

import argparse
from dataclasses import fields, is_dataclass

from clawtui.cli.call import Call
from clawtui.errors import ConfigError, UsageError
from clawtui.places import Places

DOES = ("show", "check", "accept")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do; show where nothing is said."""
    parser.add_argument(
        "what",
        nargs="?",
        default="show",
        choices=DOES,
        metavar="show|check|accept",
        help="show (the default), check every file, or let a fleet file of the current folder count",
    )
    parser.add_argument("file", nargs="?", default="", metavar="FILE", help="with accept: which (./fleet.toml)")
    parser.add_argument("--run", action="store_true", help="with check: run the programs that fleets name, too")
    parser.add_argument("--yes", action="store_true", help="with accept: without asking")
    parser.add_argument("--origin", action="store_true", help="only the settings that were set, and where each stands")


def run(call: Call) -> int:
    """Print folders, files and settings; or what is wrong with them; or accept a fleet file."""
    what = call.options.what
    for flag, belongs in (("file", "accept"), ("yes", "accept"), ("run", "check"), ("origin", "show")):
        if getattr(call.options, flag) and what != belongs:
            raise UsageError(f"{'FILE' if flag == 'file' else f'--{flag}'} belongs to clawtui config {belongs}")
    if what == "accept":
        from clawtui.cli.config_accept import accepting

        return accepting(call)
    return _check(call) if what == "check" else _show(call)


def _show(call: Call) -> int:
    from clawtui.settings import load

    loaded = load(call.places, call.environ, {})
    values = _flat("", loaded)
    rows = tuple((key, str(value), str(loaded.origins.get(key, ""))) for key, value in values.items())
    if call.options.origin:
        rows = tuple(row for row in rows if not row[2].startswith("shipped"))
    if call.options.json:
        call.out.json(
            {
                "version": 1,
                "places": _places(call.places),
                "settings": {key: {"value": values[key], "origin": origin} for key, _, origin in rows},
            }
        )
        return 0
    if not call.options.origin:
        for name, path in _places(call.places).items():
            call.out.line(f"{name.ljust(13)}{path}")
        call.out.line()
    if rows:
        call.out.table(("SETTING", "VALUE", "FROM"), rows)
    else:
        call.out.line("nothing is set: every setting has its shipped value (clawtui config shows them)")
    return 0


def _check(call: Call) -> int:
    """Every file and what is wrong with it; 78 where anything is."""
    from clawtui.cli.config_check import examined

    seen = examined(call.places, call.environ, run=call.options.run)
    if call.options.json:
        files = [{"file": one.file, "ok": not one.mistake, "words": one.mistake or one.words} for one in seen]
        call.out.json({"version": 1, "files": files})
    else:
        for one in seen:
            mark = "✗" if one.mistake else "●"
            call.out.line(f"{mark} {one.file}: {one.mistake or one.words}", look="bad" if one.mistake else "")
    return ConfigError.exit_code if any(one.mistake for one in seen) else 0


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
