"""Where the password for sudo or doas comes from, as a fleet file says it, and getting it from there; never shown."""

import asyncio
import os
import stat
from pathlib import Path
from typing import cast

from clawtui.clean import clean
from clawtui.errors import NoRoot
from clawtui.fleet.host import Host, PasswordSource
from clawtui.fleet.tables import Table

KEY = "become_password"
HOW = 'write { ask = "host" }, { ask = "once" }, { file = "~/.sudo" } or { command = ["pass", "show", "sudo"] }'
COMMAND_S = 60.0
MOST = 1024  # bytes of a password


def password_source(table: Table, default: PasswordSource) -> PasswordSource:
    """`become_password` of a table, else that of the level above; ConfigError where it names no one place."""
    if KEY not in table:
        return default
    value = table.values[KEY]
    items = (
        cast("dict[str, object]", value)
        if isinstance(value, dict) and len(cast("dict[str, object]", value)) == 1
        else {}
    )
    for key, given in items.items():
        if key == "file" and isinstance(given, str) and given:
            # relative to the fleet file, as every path in it
            return PasswordSource(file=str(Path(table.document.file).parent / Path(given).expanduser()))
        if key == "ask" and given in ("host", "once"):
            return PasswordSource(once=given == "once")
        words = cast("list[object]", given) if key == "command" and isinstance(given, list) else []
        if words and all(isinstance(word, str) and word for word in words):
            return PasswordSource(command=tuple(map(str, words)))
    raise table.error(f"names no place for a password; {HOW}", KEY)


async def fetched(host: Host) -> str:
    """The password from the file or the command; NoRoot says why there is none, without a word of what was read."""
    source = host.become_password
    try:
        text = await (asyncio.to_thread(_of_file, host, Path(source.file)) if source.file else _of_command(host))
    except (OSError, TimeoutError) as problem:
        words = getattr(problem, "strerror", "") or f"no answer in {COMMAND_S:.0f} s"
        raise NoRoot(host.name, f"the password for {host.become} from {source}: {words}") from problem
    line = text[:MOST].split(b"\n", 1)[0].rstrip(b"\r")
    try:
        password = line.decode()
    except UnicodeDecodeError:
        password = ""
    if not password or "\0" in password:
        raise NoRoot(host.name, f"{source} gave no password: its first line must be one, in UTF-8")
    return password


def _of_file(host: Host, path: Path) -> bytes:
    """Only from a file that nobody else can read or write."""
    with path.open("rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or seen.st_mode & 0o077 or seen.st_uid not in (0, os.geteuid()):
            mode = stat.S_IMODE(seen.st_mode)
            raise NoRoot(
                host.name, f"{path} has mode {mode:04o}; a password file must be yours alone: chmod 600 {path}"
            )
        return file.read(MOST + 1)


async def _of_command(host: Host) -> bytes:
    """Its standard output; its complaint may be shown, its output never."""
    command = host.become_password.command
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(COMMAND_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = (err.decode("utf-8", "replace").strip().splitlines() or [""])[-1]
        said = f": {clean(last, limit=160)}" if last else ""
        raise NoRoot(host.name, f"{command[0]}, which is to give the password, ended {process.returncode}{said}")
    return out
