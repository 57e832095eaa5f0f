"""Where a service lives on a host: ROOT/SERVICE and everything below it that has a fixed name."""

import os
import re
from pathlib import Path
from typing import NamedTuple, Pattern

from clawtui_runner.fault import Fault

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
DIGEST = re.compile(r"[0-9a-f]{8,64}")


class Place(NamedTuple):
    """Paths; nothing is made by asking for one."""

    folder: Path
    service: str

    @property
    def claw(self) -> Path:
        """What only the runner writes."""
        return self.folder / ".claw"

    @property
    def shared(self) -> Path:
        """What outlives a release."""
        return self.folder / "shared"

    @property
    def releases(self) -> Path:
        """One folder a release."""
        return self.folder / "releases"

    @property
    def current(self) -> Path:
        """The link to the release that was kept."""
        return self.folder / "current"

    @property
    def current_json(self) -> Path:
        """What the agent reads."""
        return self.folder / "current.json"

    @property
    def live(self) -> Path:
        """The socket that nginx knows."""
        return self.shared / "run" / "live.sock"

    def release(self, release: str) -> Path:
        """The folder of one release."""
        return self.releases / checked("release", release, RELEASE)

    def blob(self, digest: str) -> Path:
        """Bytes by their sha256."""
        return self.folder / "store" / "blobs" / checked("sha256", digest, DIGEST)

    def partial(self, digest: str) -> Path:
        """Bytes on their way."""
        return self.folder / "store" / "partial" / checked("sha256", digest, DIGEST)

    def venv(self, digest: str) -> Path:
        """One virtual environment a lock file."""
        return self.folder / "venvs" / checked("venv digest", digest, DIGEST)

    def env(self, release: str) -> Path:
        """The secrets of one release."""
        return self.shared / "env" / f"{checked('release', release, RELEASE)}.env"


def checked(what: str, text: str, pattern: Pattern[str]) -> str:
    """A name that can be part of a path."""
    if not pattern.fullmatch(text):
        raise Fault("refused", f"{what} {text!r}: not a name that can stand in a path")
    return text


def of(service: str, folder: str) -> Place:
    """Both are looked at: they become paths that root writes."""
    checked("service", service, NAME)
    if not os.path.isabs(folder) or os.path.normpath(folder) != folder or os.path.basename(folder) != service:
        raise Fault("refused", f"place {folder!r}: must be an absolute path whose last part is {service!r}")
    return Place(Path(folder), service)
