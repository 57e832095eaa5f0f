"""Looks at every file of this installation and says of each whether it is right; connects to nothing, runs what is asked for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clawtui.errors import ClawtuiError
from clawtui.places import Places

if TYPE_CHECKING:
    from clawtui.fleet.context import Context, Found


@dataclass(frozen=True, slots=True)
class Examined:
    """One file."""

    file: str
    words: str
    # what it holds
    mistake: str = ""
    # the first one in it, with line, key and remedy


def examined(places: Places, environ: Mapping[str, str], *, run: bool) -> tuple[Examined, ...]:
    """Settings, rules and contexts of the system and of the user, the environment, and known_hosts.

    Programs that fleets take their hosts from are run only where `run` says so.
    """
    return (
        *_settings(places, environ),
        *_rules(places),
        *_contexts(places, environ, run=run),
        *_known_hosts(places),
        *_service(Path.cwd()),
    )


def _settings(places: Places, environ: Mapping[str, str]) -> Iterator[Examined]:
    from clawtui.settings import FILE, load

    for folder in (places.system, places.config):
        if (folder / FILE).exists():
            yield _looked(folder / FILE, partial(_set_in, folder, places))
    ours = [name for name in sorted(environ) if name.startswith("CLAWTUI_")]
    if ours:
        yield _looked("environment", lambda: f"{', '.join(ours)}" if load(_nowhere(places), environ, {}) else "")


def _set_in(folder: Path, places: Places) -> str:
    """How many settings this folder's file sets, read without the others."""
    from clawtui.settings import load

    origins = load(_nowhere(places, config=folder), {}, {}).origins.values()
    return _count(sum(origin.file.startswith(str(folder)) for origin in origins), "setting")


def _rules(places: Places) -> Iterator[Examined]:
    from clawtui.alerts.rules_file import FILE

    for folder in (places.system, places.config):
        if (path := folder / FILE).exists():
            yield _looked(path, partial(_ruled, path))


def _ruled(path: Path) -> str:
    from clawtui.alerts.rules_file import parse_rules
    from clawtui.fleet.tables import Document

    return _count(len(parse_rules(Document.read(path))), "rule")


def _contexts(places: Places, environ: Mapping[str, str], *, run: bool) -> Iterator[Examined]:
    """Each context as it will be loaded: with the inventories that it names, and the system's policy above the user's."""
    from clawtui.fleet.context import Context, Found

    files: dict[str, list[Path]] = {}
    for folder in (places.system / "contexts", places.contexts):
        for path in sorted(folder.glob("*.toml")):
            files.setdefault(path.stem, []).append(path)
    for name, paths in files.items():
        context = Context(name, tuple(paths))
        found = Found((context,), environ, places.home)
        yield _looked(paths[-1], partial(_fleet, found, context, run=run))


def _fleet(found: "Found", context: "Context", *, run: bool) -> str:
    hosts = found.load(context, run=run).hosts
    refused = sum(bool(host.refusal) for host in hosts)
    words = _count(len(hosts), "host") + (f", {refused} of them refused (clawtui hosts says why)" if refused else "")
    unrun = () if run else found.unrun(context)
    return f"{_count(len(hosts), 'host')}; not run: {'; '.join(unrun)} (--run runs them)" if unrun else words


def _known_hosts(places: Places) -> Iterator[Examined]:
    from clawtui.fleet.known_hosts import KnownHostsFile

    path = places.known_hosts
    if path.exists():

        def read() -> str:
            try:
                text = path.read_text("utf-8", "replace")
            except OSError as error:
                raise ClawtuiError(f"cannot be read: {error.strerror}") from error
            known = KnownHostsFile.parse(text, str(path))
            return f"keys of {_count(len(known.plain), 'name')}"

        yield _looked(path, read)


def _service(folder: Path) -> Iterator[Examined]:
    """The one of the current folder, with all that is wrong in it."""
    from clawtui.deploy.spec_file import FILE, read_spec
    from clawtui.errors import Mistakes

    path = folder / FILE
    if not path.is_file():
        return
    try:
        spec = read_spec(path)
    except Mistakes as mistakes:
        for mistake in mistakes.each:
            yield _mistaken(mistake.file, mistake)
    except ClawtuiError as mistake:
        yield _mistaken(str(path), mistake)
    else:
        yield Examined(str(path), f"{spec.name} on {spec.hosts}")


def _looked(file: Path | str, read: Callable[[], str]) -> Examined:
    try:
        return Examined(str(file), read())
    except ClawtuiError as mistake:
        return _mistaken(str(file), mistake)


def _mistaken(file: str, mistake: ClawtuiError) -> Examined:
    words = str(mistake).removeprefix(f"{file}:").lstrip()
    return Examined(file, "", f"line {words}" if words[:1].isdigit() else words)


def _nowhere(places: Places, *, config: Path = Path("/nonexistent")) -> Places:
    """The same places, but only this folder has configuration."""
    return Places(places.home, config, places.state, places.runtime, places.cache, system=Path("/nonexistent"))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
