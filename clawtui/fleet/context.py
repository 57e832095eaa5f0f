"""Which contexts there are, and what each of them holds.

Order: `--fleet FILE`, `CLAWTUI_FLEET`, the user's `contexts/`, the system's. A `fleet.toml` in the current folder counts
only by `--fleet` or once its content was accepted: a cloned repository must not name commands or hosts.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from clawtui.errors import ConfigError, LinkError, NoContext, UsageError
from clawtui.fleet.accepted import accepted
from clawtui.fleet.first_run import FirstRun, look_around
from clawtui.fleet.host import AgentUse, Become, Fleet, Host, Kind, Origin, Policy, Service
from clawtui.fleet.identity import unique
from clawtui.fleet.inventories import Inventories
from clawtui.fleet.inventory.toml import FleetFile, read_fleet_file
from clawtui.fleet.selector import select
from clawtui.fleet.way import way
from clawtui.places import Places

STRICTER = [Kind.DEV, Kind.STAGING, Kind.PROD]


@dataclass(frozen=True, slots=True)
class Context:
    """A context that could be chosen: its files, the system's first."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, before anything is connected."""

    contexts: tuple[Context, ...]
    environ: Mapping[str, str]
    home: Path
    wanted: str = ""
    # what --context asked for
    first_run: FirstRun | None = None
    # set when there is no context at all
    unaccepted: Path | None = None
    # a ./fleet.toml that does not count yet

    @property
    def names(self) -> tuple[str, ...]:
        """Names to choose from."""
        return tuple(context.name for context in self.contexts)

    def only(self, nothing: Callable[[], Exception] | None = None) -> Fleet:
        """The one fleet; NoContext when there are several and none was chosen, or none (`nothing` finds the words)."""
        if not self.contexts:
            raise nothing() if nothing else self._none()
        context, *others = self.contexts
        if others:
            raise NoContext(f"several contexts and none chosen: --context {' or --context '.join(self.names)}")
        return self.load(context)

    def _none(self) -> NoContext:
        name = self.unaccepted.name if self.unaccepted else ""
        hint = (
            f"; {self.unaccepted} counts by --fleet {name}, or once clawtui config accept was told so" if name else ""
        )
        return NoContext(f"there is no fleet file yet: run clawtui to pick hosts, or give --fleet FILE{hint}")

    def load(self, context: Context, *, run: bool = True) -> Fleet:
        """Read a context's files; where the system has one of the same name, the user's only tightens its policy.

        Without `run` only files are read, and what `unrun` names is left out.
        """
        merged: Fleet | None = None
        for path in context.files:
            reader = _Reader(path, self.home, self.environ, run=run)
            fleet = reader.fleet()
            merged = _merged(merged, reader.read, fleet) if merged else fleet
        assert merged is not None, "a context has at least one file"
        return merged

    def unrun(self, context: Context) -> tuple[str, ...]:
        """What `load` would run to know this context's hosts; each file is read, nothing is run."""
        readers = (_Reader(path, self.home, self.environ, run=False) for path in context.files)
        return tuple(words for reader in readers for words in reader.inventories.unrun)


def find_fleets(
    places: Places,
    environ: Mapping[str, str],
    *,
    fleet_flag: str | None,
    context_flag: str | None,
    folder: Path | None = None,
) -> Found:
    """Look in the order above; nothing is connected. `folder` stands for the current one."""
    here = folder or Path.cwd()
    explicit = fleet_flag or environ.get("CLAWTUI_FLEET", "")
    if explicit:
        path = (here / explicit.replace("~", str(places.home), 1)) if explicit.startswith("~/") else here / explicit
        if not path.is_file():
            raise NoContext(
                "there is no such fleet file", file=str(path), key="--fleet" if fleet_flag else "CLAWTUI_FLEET"
            )
        contexts = [Context(_name_in(path), (path,))]
        return Found(_chosen(contexts, context_flag), environ, places.home, context_flag or "")
    contexts, unaccepted = _collected(places, here)
    first_run = None if contexts else look_around(places.home, environ, here)
    return Found(_chosen(contexts, context_flag), environ, places.home, context_flag or "", first_run, unaccepted)


def _collected(places: Places, here: Path) -> tuple[list[Context], Path | None]:
    files: dict[str, list[Path]] = {}
    for folder in (places.system / "contexts", places.contexts):
        for path in sorted(folder.glob("*.toml")):
            files.setdefault(path.stem, []).append(path)
    local, unaccepted = here / "fleet.toml", None
    if local.is_file():
        if accepted(places, local):
            files.setdefault(_name_in(local), []).append(local)
        else:
            unaccepted = local
    return [Context(name, tuple(paths)) for name, paths in files.items()], unaccepted


def _chosen(contexts: list[Context], wanted: str | None) -> tuple[Context, ...]:
    """By file name, else by the name inside."""
    if not wanted:
        return tuple(contexts)
    found = [c for c in contexts if c.name == wanted] or [c for c in contexts if _name_in(c.files[-1]) == wanted]
    if not found:
        there = ", ".join(context.name for context in contexts) or "none yet"
        raise NoContext(f"there is no context {wanted!r}; there is: {there}", key="--context")
    return tuple(found)


def _name_in(path: Path) -> str:
    return read_fleet_file(path).name


def load_fleet(path: Path, *, home: Path | None = None, environ: Mapping[str, str] | None = None) -> Fleet:
    """One context from one fleet file, with the hosts that it takes from ssh_config."""
    return _Reader(path, home or Places.of(environ).home, os.environ if environ is None else environ).fleet()


class _Reader:
    """One fleet file and the inventories that it names."""

    def __init__(self, path: Path, home: Path, environ: Mapping[str, str], *, run: bool = True) -> None:
        self.read = read_fleet_file(path)
        self.inventories = Inventories(self.read, home, environ, run)

    def fleet(self) -> Fleet:
        """All hosts with their services; where hosts are left out nobody can say whether a service selects any."""
        fleet = Fleet(self.read.name, self.read.policy, self.inventories.hosts(), self.read.origin)
        if self.inventories.unrun:
            return fleet
        _ways(fleet)
        return replace(fleet, hosts=_serving(fleet, self.read.services))


def _ways(fleet: Fleet) -> None:
    """Jump hosts that lead back to themselves are found now, not at the first connection."""
    for host in fleet.hosts:
        try:
            way(fleet, host)
        except LinkError as error:
            raise ConfigError(str(error), file=host.origin.file, line=host.origin.line, key="jump") from error


def _serving(fleet: Fleet, services: tuple[tuple[Service, Origin], ...]) -> tuple[Host, ...]:
    """Hosts with their services; a service that selects nobody is a mistake."""
    found = {host.name: list(host.services) for host in fleet.hosts}
    for service, origin in services:
        try:
            selected = select(fleet, service.hosts)
        except UsageError as error:
            raise ConfigError(str(error), file=origin.file, line=origin.line, key="service.hosts") from error
        for host in selected:
            if any(other.name == service.name for other in found[host.name]):
                raise ConfigError(
                    f"{service.name!r} is given to {host.name} twice",
                    file=origin.file,
                    line=origin.line,
                    key="service.name",
                )
            found[host.name].append(service)
    return tuple(replace(host, services=tuple(found[host.name])) for host in fleet.hosts)


def _merged(above: Fleet, read: FleetFile, below: Fleet) -> Fleet:
    """The user's hosts win by name, all others stay; policy gets tighter or stays."""
    own = {name for host in below.hosts for name in (host.name, *host.aliases)}
    kept = tuple(host for host in above.hosts if not own & {host.name, *host.aliases})
    policy = tightened(above.policy, read)
    hosts = tuple(replace(host, agent=_stricter(host.agent, policy.agent)) for host in kept + below.hosts)
    fleet = Fleet(below.name, policy, hosts, below.origin)
    unique(fleet.hosts)
    return fleet


def tightened(above: Policy, read: FleetFile) -> Policy:
    """Policy of two levels; a lower level that loosens one is refused by key."""
    below, said = read.policy, read.said
    looser = {
        "kind": STRICTER.index(below.kind) < STRICTER.index(above.kind),
        "read_only": above.read_only and not below.read_only,
        "confirm": above.confirm and not below.confirm,
        "become": above.become is Become.NONE and below.become is not Become.NONE,
        "agent": below.agent.strictness < above.agent.strictness,
        "watcher": bool(above.watcher) and below.watcher != above.watcher,
    }
    for key, loose in looser.items():
        if loose and key in said:
            raise ConfigError(
                "the system's context of this name is stricter; a user may only tighten it",
                file=read.origin.file,
                key=f"context.{key}",
            )
    kind = below.kind if "kind" in said else above.kind
    return Policy(
        kind=kind,
        read_only=above.read_only or ("read_only" in said and below.read_only),
        confirm=above.confirm or kind is Kind.PROD or ("confirm" in said and below.confirm),
        become=below.become if "become" in said else above.become,
        agent=_stricter(below.agent, above.agent),
        watcher=above.watcher or below.watcher,
    )


def _stricter(one: AgentUse, other: AgentUse) -> AgentUse:
    return max(one, other, key=lambda use: use.strictness)


def without_context(hosts: tuple[Host, ...]) -> Fleet:
    """Hosts that no context names are treated as prod."""
    return Fleet("no context", Policy(), hosts, Origin(""))
