"""Where things lie: configuration, state, sockets and cache of one user and of a shared installation."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import ConfigError

SYSTEM_CONFIG = Path("/etc/clawtui")
LONGEST = 103
"""Bytes of a socket's path on the strictest system, macOS, without the end mark; Linux takes four more."""


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

        return cls(
            home=home,
            config=folder("XDG_CONFIG_HOME", home / ".config"),
            state=folder("XDG_STATE_HOME", home / ".local/state"),
            runtime=_short() if not env.get("XDG_RUNTIME_DIR", "").startswith("/") else folder("XDG_RUNTIME_DIR", home),
            cache=folder("XDG_CACHE_HOME", home / ".cache"),
        )

    def short(self, path: object) -> str:
        """A path, with or without a line behind it, as people write it: ~/.ssh/config:12."""
        text, home = str(path), f"{self.home}/"
        return f"~/{text.removeprefix(home)}" if text.startswith(home) else text

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


def socket_folder(runtime: Path, longest_name: str) -> Path:
    """A folder of ours alone for sockets with names no longer than this one; /tmp's where `runtime` lies too deep."""
    fits = len(os.fsencode(runtime / longest_name)) <= LONGEST
    return private_folder(runtime if fits else _short())


def private_folder(folder: Path) -> Path:
    """Made with mode 0700; ConfigError where somebody else was faster, as anybody can be in /tmp."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise ConfigError("must be a folder of yours that nobody else writes to; remove it", file=str(folder))
        if found.st_mode & 0o077:
            folder.chmod(0o700)
    except FileExistsError as error:
        raise ConfigError("must be a folder of yours, and is a file; remove it", file=str(folder)) from error
    except OSError as error:
        raise ConfigError(f"no folder for sockets can be made: {error.strerror}", file=str(folder)) from error
    return folder


def _short() -> Path:
    """Without a session: homes may be shared by many hosts, where a socket would be another machine's."""
    return Path(f"/tmp/clawtui-{os.getuid()}")  # noqa: S108 - `private_folder` refuses one that is not ours alone
