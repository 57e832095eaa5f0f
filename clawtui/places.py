"""Where things lie: configuration, state, sockets and cache of one user and of a shared installation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM_CONFIG = Path("/etc/clawtui")


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute folders, after the XDG base directory specification; none is created before something is written."""

    home: Path
    config: Path
    state: Path
    runtime: Path
    cache: Path
    system: Path = SYSTEM_CONFIG

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> "Places":
        """Taken from the environment; a relative or empty XDG variable counts as unset, as the specification says."""
        env = os.environ if environ is None else environ
        home = Path(env.get("HOME") or Path.home())

        def folder(variable: str, default: Path) -> Path:
            value = env.get(variable, "")
            return (Path(value) if value.startswith("/") else default) / "clawtui"

        state = folder("XDG_STATE_HOME", home / ".local/state")
        return cls(
            home=home,
            config=folder("XDG_CONFIG_HOME", home / ".config"),
            state=state,
            runtime=folder("XDG_RUNTIME_DIR", state.parent),
            cache=folder("XDG_CACHE_HOME", home / ".cache"),
        )

    @property
    def known_hosts(self) -> Path:
        """Host keys trusted through clawtui."""
        return self.config / "known_hosts"

    @property
    def contexts(self) -> Path:
        """One fleet file a context."""
        return self.config / "contexts"

    @property
    def views(self) -> Path:
        """Saved views of the fleet screen."""
        return self.state / "views.json"

    @property
    def actions(self) -> Path:
        """Every act and note, one JSON line each."""
        return self.state / "actions.jsonl"
