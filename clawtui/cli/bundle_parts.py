"""What goes into a support bundle, each part with its secrets hidden, and the archive itself."""

import io
import os
import platform
import re
import sys
import tarfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from clawtui import __version__
from clawtui.errors import ClawtuiError
from clawtui.history.redact import HIDDEN, redact
from clawtui.places import Places

LAST_LINES = 2000
TOLD = re.compile(r"CLAWTUI_|XDG_|LANG$|LC_|TERM$|COLORTERM$|NO_COLOR$|TMUX$|SSH_CONNECTION$|SSH_TTY$|SHELL$")
# variables whose values help and are no secrets; of all others only the names are told
COMMANDS = re.compile(r"(?im)^([^=\n]*?\b(?:\w*command|run|\w*passw\w*|passphrase)\s*=\s*)(.+)$")
# a line of a fleet file whose value may hold a secret in any shape


def collected(places: Places, environ: Mapping[str, str]) -> dict[str, str]:
    """File name → text; a part that cannot be read says so in its place."""
    parts = {"versions.txt": _versions(), "environment.txt": _environment(environ)}
    parts["config.txt"] = _checked(places, environ)
    for folder, label in ((places.system, "system"), (places.config, "user")):
        for path in sorted((*folder.glob("*.toml"), *folder.glob("contexts/*.toml"))):
            parts[f"{label}/{path.relative_to(folder)}"] = hidden(_text(path))
    parts["log.txt"] = redact(_tail(places.state / "log"))
    parts["actions.jsonl"] = redact(_tail(places.actions))
    return parts


def hidden(text: str) -> str:
    """A configuration file: known secrets hidden, and every value that is a command, for it may hold one in any shape."""
    return redact(COMMANDS.sub(rf"\1{HIDDEN}", text))


def write(path: Path, parts: Mapping[str, str]) -> None:
    """The archive, for the owner only; FileExistsError where something is in its place, and nothing half-written stays."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in parts.items():
                entry = tarfile.TarInfo(f"clawtui-bundle/{name}")
                content = text.encode()
                entry.size, entry.mode = len(content), 0o600
                archive.addfile(entry, io.BytesIO(content))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _versions() -> str:
    import importlib.metadata

    stands_on = ("textual", "asyncssh", "cryptography", "msgspec", "plotext", "psutil")
    lines = [
        f"clawtui {__version__}",
        f"Python {sys.version.split()[0]}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
    ]
    return "\n".join([*lines, *(f"{name} {importlib.metadata.version(name)}" for name in stands_on)]) + "\n"


def _environment(environ: Mapping[str, str]) -> str:
    return redact("".join(f"{name}={environ[name]}\n" if TOLD.match(name) else f"{name}\n" for name in sorted(environ)))


def _checked(places: Places, environ: Mapping[str, str]) -> str:
    """Which files there are, what is wrong with them, and every setting that was set with its origin."""
    from clawtui.cli.config_check import examined
    from clawtui.settings import keys, load

    lines = [f"{one.file}: {one.mistake or one.words}" for one in examined(places, environ, run=False)]
    try:
        settings = load(places, environ, {})
        origins = settings.origins
        lines += [f"{key} = {value}  ({origins[key]})" for key, value in keys(settings) if key in origins]
    except ClawtuiError as mistake:
        lines.append(str(mistake))
    return redact("\n".join(lines) + "\n")


def _tail(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, LAST_LINES))
    except OSError as problem:
        return f"{path}: {problem.strerror}\n"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError as problem:
        return f"{path}: {problem.strerror}\n"
