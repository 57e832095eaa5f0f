"""What git would keep of a folder: tracked files, and new ones that no .gitignore names."""

import os
import shutil
import subprocess
from pathlib import Path

from clawtui.clean import clean
from clawtui.errors import ConfigError

ASK_S = 60.0
# a repository may name programs that git runs; listing files needs none of them
QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
NO_REPOSITORY = "not a git repository"


def listed(folder: Path) -> frozenset[str] | None:
    """Paths below the folder; None where git knows nothing of it, or ignores it as a whole."""
    if not shutil.which("git"):
        if any((above / ".git").exists() for above in (folder, *folder.parents)):
            words = "is in a git repository and there is no git here to say what is ignored; install git"
            raise ConfigError(words, file=str(folder))
        return None
    found = _files(folder)
    return frozenset(found) if found else None


def _files(folder: Path) -> list[str]:
    """A repository inside (a submodule, say) is one line of the outer one's list and has a list of its own."""
    found: list[str] = []
    for path in _lines(folder):
        inner = folder / path
        if inner.is_dir() and not inner.is_symlink():
            found += (f"{path.rstrip('/')}/{below}" for below in _files(inner))
        else:
            found.append(path)
    return found


def _lines(folder: Path) -> list[str]:
    command = ("git", *QUIET, "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            command,
            env={**env, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"git did not list its files within {ASK_S:g} s", file=str(folder)) from None
    if done.returncode:
        said = clean(done.stderr.decode("utf-8", "replace").strip().partition("\n")[0], limit=200)
        if NO_REPOSITORY in said:
            return []
        raise ConfigError(f"git does not say what is ignored: {said}", file=str(folder))
    return [os.fsdecode(line) for line in done.stdout.split(b"\0") if line]
