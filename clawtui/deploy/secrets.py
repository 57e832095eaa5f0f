"""Values of secrets, fetched on this machine when they are needed: from the environment, a file or a command.

They are handed to hosts on standard input. No error, repr or log says a word of them; plans and journals know a service's
secrets by names and by a digest that is keyed, so that nobody can try values against it.
"""

import asyncio
import hashlib
import hmac
import json
import os
import re
import secrets as random
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.clean import clean
from clawtui.deploy.spec import Secret
from clawtui.errors import Refused
from clawtui.places import Places

COMMAND_S = 60.0
MOST = 65_536  # bytes of one value
DOTENV_MOST = 1_000_000
KEY = "secrets.key"
KEY_BYTES = 32
HIDE_FROM = 4  # shorter ones stand in every text
_ASSIGNED = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Values:
    """Name to value; only `reveal` gives them."""

    _by_name: Mapping[str, str] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(self._by_name))

    def reveal(self) -> dict[str, str]:
        """For the one message that carries them to a host."""
        return dict(self._by_name)

    def hidden(self, text: str) -> str:
        """A text that somebody else made, with every value, and every line of one, replaced by its name."""
        pieces = {piece: name for name, value in self._by_name.items() for piece in (value, *value.splitlines())}
        for piece in sorted(pieces, key=len, reverse=True):
            if len(piece) >= HIDE_FROM:
                text = text.replace(piece, f"[{pieces[piece]}]")
        return text

    def digest(self, service: str, key: bytes) -> str:
        """Tells whether anything changed, to whoever has the key."""
        text = json.dumps([service, sorted(self._by_name.items())], ensure_ascii=True)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def absent(secrets: Sequence[Secret], environ: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each that will not be found; nothing is read or run."""
    return tuple(words for secret in secrets if (words := _absent(secret, environ)))


async def fetched(secrets: Sequence[Secret], environ: Mapping[str, str], folder: Path) -> Values:
    """All of them, one after the other, for a command may ask its user; Refused has a line for each that is not to be had."""
    found, problems = dict[str, str](), list[str]()
    for secret in secrets:
        try:
            found[secret.name] = _text(secret, await _bytes(secret, environ, folder))
        except (OSError, Refused) as problem:
            words = str(problem) if isinstance(problem, Refused) else _at(secret, problem.strerror or "cannot be read")
            problems.append(words)
    if problems:
        raise Refused("\n".join(problems))
    return Values(found)


def digest_key(places: Places) -> bytes:
    """This operator's own key, made at the first call and kept 0600."""
    path = places.state / KEY
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{KEY}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(random.token_bytes(KEY_BYTES))
        try:
            path.hardlink_to(fresh)  # whoever comes first: two processes keep one key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = _of_file(path, KEY_BYTES)
    if len(key) != KEY_BYTES:
        raise Refused(f"{path} is no key of {KEY_BYTES} bytes; remove it and a new one is made")
    return key


def _absent(secret: Secret, environ: Mapping[str, str]) -> str:
    if secret.env and not environ.get(secret.env):
        return _at(secret, f"${secret.env} is not set; export it, or name a file or a command for it")
    path = secret.file or secret.dotenv
    if path and not path.is_file():
        return _at(secret, f"{path} is not there")
    if secret.command and not _found(secret.command[0], environ):
        return _at(secret, f"there is no {secret.command[0]} on PATH; install it, or name another source")
    return ""


def _found(program: str, environ: Mapping[str, str]) -> bool:
    import shutil

    return "/" in program or shutil.which(program, path=environ.get("PATH", os.defpath)) is not None


async def _bytes(secret: Secret, environ: Mapping[str, str], folder: Path) -> bytes:
    if words := _absent(secret, environ):
        raise Refused(words)
    if secret.env:
        return environ[secret.env].encode("utf-8", "surrogateescape")
    if secret.file:
        return await asyncio.to_thread(_of_file, secret.file, MOST + 1)
    if secret.dotenv:
        return await asyncio.to_thread(_of_dotenv, secret, secret.dotenv)
    return await _of_command(secret, environ, folder)


def _text(secret: Secret, data: bytes) -> str:
    """One line end at the end is no part of it."""
    if len(data) > MOST:
        raise Refused(_at(secret, f"has more than {MOST} bytes; ship it as an artifact or shorten it"))
    try:
        text = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refused(_at(secret, "is no text in UTF-8, and a variable of the environment holds nothing else"))
    if not text:
        raise Refused(_at(secret, f"is empty ({_source(secret)})"))
    return text


def _of_file(path: Path, most: int) -> bytes:
    """Only from a file that nobody else can read or write."""
    with path.open("rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or seen.st_mode & 0o077 or seen.st_uid not in (0, os.geteuid()):
            mode = stat.S_IMODE(seen.st_mode)
            raise Refused(f"{path} has mode {mode:04o}; a file with a secret must be yours alone: chmod 600 {path}")
        return file.read(most)


def _of_dotenv(secret: Secret, path: Path) -> bytes:
    """The last line NAME=VALUE of a file that nobody else can write; quotes are as dotenv has them."""
    with path.open("rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or seen.st_mode & 0o022 or seen.st_uid not in (0, os.geteuid()):
            raise Refused(f"{path} can be written by others, so its values are not yours alone: chmod go-w {path}")
        text = file.read(DOTENV_MOST).decode("utf-8", "surrogateescape")
    found = [value for name, value in _ASSIGNED.findall(text) if name == secret.name]
    if not found:
        raise Refused(_at(secret, f"{path} has no line {secret.name}=…"))
    value: str = found[-1].strip()
    quote = value[:1] if value[:1] in ("'", '"') else ""
    if not quote:
        value = re.split(r"\s#", value, maxsplit=1)[0].rstrip()
    elif (end := value.find(quote, 1)) > 0:
        value = value[1:end] if quote == "'" else value[1:end].replace("\\n", "\n")
    return value.encode("utf-8", "surrogateescape")


async def _of_command(secret: Secret, environ: Mapping[str, str], folder: Path) -> bytes:
    """Its standard output; its complaint is shown where it holds nothing of that."""
    process = await asyncio.create_subprocess_exec(
        *secret.command,
        cwd=folder,
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(COMMAND_S):
            out, err = await process.communicate()
    except TimeoutError as problem:
        raise Refused(_at(secret, f"{secret.command[0]} gave no answer in {COMMAND_S:g} s")) from problem
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = (err.decode("utf-8", "replace").strip().splitlines() or [""])[-1]
        shown = clean(last, limit=160) if last and not out.strip() else ""
        raise Refused(_at(secret, f"{secret.command[0]} ended {process.returncode}" + (f": {shown}" if shown else "")))
    return out


def _source(secret: Secret) -> str:
    path = secret.file or secret.dotenv
    return f"${secret.env}" if secret.env else str(path) if path else secret.command[0]


def _at(secret: Secret, words: str) -> str:
    return f"secret {secret.name}: {words}"
