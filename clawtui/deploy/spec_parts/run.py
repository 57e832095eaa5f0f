"""`[run]`: the process; `[secrets]`: what its environment holds that nobody may read elsewhere."""

import re
import shlex
from pathlib import Path
from typing import cast

from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import Run, Secret

MEMORY_LEAST = 16 * 2**20
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELL = {"|", "||", "&&", "&", ";", ">", ">>", "<", "2>", "2>&1"}
SOURCES = '{ env = "NAME" }, { dotenv = ".env" }, { file = "~/.key" } or { command = ["pass", "show", "bot/key"] }'


def run(keys: Keys) -> Run:
    """Parse it."""
    command = keys.needed("command", 'write what is started: command = "{python} -m uvicorn app:app --uds {socket}"')
    if command:
        _command(keys, command)
    user = keys.text("user") or str(keys.table.document.values.get("name", ""))
    if "user" in keys and user == "root":
        keys.fault("user", "a service does not run as root; name a user of its own, it is made where it is missing")
    elif user and not _USER.fullmatch(user) and "user" in keys:
        keys.fault("user", f"{user!r} is no user: small letters, digits, _ and -, 32 at most")
    env = keys.mapping("env")
    for name in env:
        if not _VARIABLE.fullmatch(name):
            keys.fault("env", f"{name!r} is no name of a variable: letters, digits and _, no digit first")
    return Run(
        command=command,
        user=user,
        env=env,
        port=keys.whole("port", 0, 1, 65535) if "port" in keys else 0,
        memory=keys.size("memory", None, least=MEMORY_LEAST),
        cpu=keys.number("cpu", 1.0, least=0.01) if "cpu" in keys else None,
        stop_s=keys.seconds("stop", 30.0, least=1.0, most=3600.0),
        files=keys.whole("files", 65536, 64, 10_000_000),
    )


def _command(keys: Keys, command: str) -> None:
    try:
        words = shlex.split(command)
    except ValueError as problem:
        keys.fault("command", f"{problem}; every quote needs its end")
        return
    first = words[0] if words else ""
    if shell := next((word for word in words if word in _SHELL), ""):
        keys.fault("command", f"no shell reads it, so {shell} means nothing: write /bin/sh -c '…', or a script")
    elif not first.startswith(("/", "{python}", "{app}/", "{artifact.")):
        module = "gunicorn" if first == "gunicorn" else "uvicorn"
        keys.fault(
            "command",
            f"{first!r} is no absolute path, and a unit searches none: {{python}} -m {module} …, {{app}}/start.sh, /usr/bin/…",
        )


def secrets(keys: Keys) -> tuple[Secret, ...]:
    """`[secrets]`: NAME = where its value is."""
    return tuple(_secret(keys, name) for name in keys.table.values)


def _secret(keys: Keys, name: str) -> Secret:
    value = keys.table.values[name]
    items = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if not _VARIABLE.fullmatch(name):
        keys.fault(name, "is no name of a variable: letters, digits and _, no digit first")
    elif len(items) == 1:
        ((source, given),) = items.items()
        if source == "env" and isinstance(given, str) and _VARIABLE.fullmatch(given):
            return Secret(name, env=given)
        if source in ("file", "dotenv") and isinstance(given, str) and given.isprintable() and given:
            path = _file(keys, name, given)
            return Secret(name, file=path) if source == "file" else Secret(name, dotenv=path)
        words = cast("list[object]", given) if isinstance(given, list) else []
        if source == "command" and words and all(isinstance(word, str) and word for word in words):
            return Secret(name, command=tuple(map(str, words)))
    # never with what was written: somebody may have put the value itself there
    keys.fault(name, f"says in one way where the value is, never the value: {SOURCES}")
    return Secret(name)


def _file(keys: Keys, name: str, given: str) -> Path:
    path = keys.folder / Path(given).expanduser()
    if not path.is_file():
        keys.fault(name, f"{path} is not there or no file; paths start at the folder of this file")
    return path
