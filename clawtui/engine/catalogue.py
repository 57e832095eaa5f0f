"""Which contexts there are, and what a first one could be made of; nothing here connects to anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.contexts import Candidate, Candidates, ContextView, FleetOffer
from clawtui.errors import ConfigError, NoContext, Refused
from clawtui.fleet.accepted import accept
from clawtui.fleet.context import Context, Found
from clawtui.fleet.first_run import look_around, write_context
from clawtui.fleet.host import Fleet
from clawtui.fleet.offered import offered
from clawtui.places import Places


class Catalogue(Protocol):
    """Contexts that can be shown."""

    def names(self) -> tuple[str, ...]:
        """All of them."""
        ...

    def look(self, name: str) -> ContextView:
        """What is written of one; a file that is wrong is a problem in words."""
        ...

    def read(self, name: str) -> Fleet:
        """Its hosts; ConfigError says what is wrong with its file. Reads files: call it in a thread."""
        ...

    def engine(self, fleet: Fleet) -> Engine:
        """An engine for them."""
        ...

    def candidates(self) -> Candidates:
        """What ssh and Ansible know of hosts."""
        ...

    def write(self, name: str, hosts: tuple[str, ...]) -> Path:
        """Write a new context of these candidates."""
        ...

    def offer(self) -> FleetOffer | None:
        """The current folder's fleet file, where it does not count yet."""
        ...

    def accept(self, file: str, digest: str) -> None:
        """It counts from now on; Refused where it is not what was offered any more."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """The contexts of this machine, looked for anew each time: one may have been written meanwhile."""

    found: Callable[[], Found]
    make: Callable[[Fleet], Engine]
    places: Places
    environ: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        """By their files."""
        return self.found().names

    def look(self, name: str) -> ContextView:
        """Kind, number of hosts and file."""
        try:
            fleet = self.read(name)
        except ConfigError as problem:
            return ContextView(name, problem=str(problem))
        policy = fleet.policy
        return ContextView(name, str(policy.kind), policy.read_only, len(fleet.hosts), str(fleet.origin))

    def read(self, name: str) -> Fleet:
        """As the file says."""
        found = self.found()
        return found.load(_context(found, name))

    def engine(self, fleet: Fleet) -> Engine:
        """One in this process."""
        return self.make(fleet)

    def candidates(self) -> Candidates:
        """From ~/.ssh/config, known_hosts and Ansible."""
        first = look_around(self.places.home, self.environ)
        found = (Candidate(host.name, host.target, self.places.short(host.origin)) for host in first.hosts)
        return Candidates(tuple(found), first.hashed, first.problems)

    def write(self, name: str, hosts: tuple[str, ...]) -> Path:
        """Exactly what `hosts --pick --write` writes."""
        first = look_around(self.places.home, self.environ)
        wanted = set(hosts)
        picked = [host for host in first.hosts if host.name in wanted]
        if not picked:
            raise NoContext("none of these hosts is in ~/.ssh/config, known_hosts or Ansible's inventory any more")
        return write_context(self.places, name, picked, first)

    def offer(self) -> FleetOffer | None:
        """One that is wrong or too large is none: `config accept` says why."""
        path = self.found().unaccepted
        if path is None:
            return None
        try:
            seen = offered(path, self.places.home, self.environ)
        except (ConfigError, Refused):
            return None
        return FleetOffer(str(path), seen.name, seen.words, seen.runs, seen.digest)

    def accept(self, file: str, digest: str) -> None:
        """Exactly what `config accept` writes down."""
        accept(self.places, Path(file), digest)


def _context(found: Found, name: str) -> Context:
    for context in found.contexts:
        if context.name == name:
            return context
    raise NoContext(f"there is no context {name!r}; there is: {', '.join(found.names) or 'none yet'}", key=":ctx")
