"""Reads a lock: a requirements file whose every line is pinned and hashed, or uv.lock."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from clawtui.deploy.pinned import Lock, Pinned
from clawtui.errors import ConfigError, Mistakes

if TYPE_CHECKING:
    from packaging.requirements import Requirement

HOW = "make a lock: uv pip compile --generate-hashes requirements.in -o {file} (or pip-compile --generate-hashes)"
# what may stand beside requirements: which index pip asks, and how
_OPTIONS = ("-i", "--index-url", "--extra-index-url", "--trusted-host", "--only-binary", "--prefer-binary", "--pre")
_HASH = re.compile(r"\s--hash[= ](\S+)")
_DIGEST = re.compile(r"sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")


def read_lock(path: Path) -> Lock:
    """Read it; Mistakes has each line that is no pinned and hashed package."""
    if path.name == "uv.lock" or path.suffix == ".toml":
        from clawtui.deploy.uv_lock import read_uv_lock

        return read_uv_lock(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"cannot be read as text: {problem}", file=str(path)) from problem
    packages, options, mistakes = list[Pinned](), list[str](), list[ConfigError]()
    for number, line in _logical(text):
        try:
            if line.startswith("-"):
                options.append(_option(line))
            else:
                packages.append(_pinned(line, path))
        except ValueError as wrong:
            mistakes.append(ConfigError(str(wrong), file=str(path), line=number))
    if not packages and not mistakes:
        mistakes.append(ConfigError(f"names no package; {HOW.format(file=path.name)}", file=str(path)))
    if mistakes:
        raise Mistakes(mistakes)
    return Lock(path, tuple(packages), tuple(options))


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined where they end in a backslash, without comments; the number is that of the first."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        begun = begun or number
        parts.append(bare.removesuffix("\\").strip())
        if bare.endswith("\\"):
            continue
        if joined := " ".join(filter(None, parts)):
            yield begun, joined
        begun, parts = 0, []
    if joined := " ".join(filter(None, parts)):
        yield begun, joined


def _option(line: str) -> str:
    word = re.split(r"[ =]", line, maxsplit=1)[0]
    if word not in _OPTIONS:
        raise ValueError(f"{word} has no place in a lock; every package stands in it, pinned and hashed")
    if re.search(r"://[^/@\s]+@", line):
        raise ValueError(f"{word} holds a login; give it to pip on the hosts (pip.conf, netrc), not to this file")
    return line


def _pinned(line: str, path: Path) -> Pinned:
    from packaging.utils import canonicalize_name

    asked = _requirement(_HASH.sub("", line), path)
    pins = [one.version for one in asked.specifier if one.operator in ("==", "===") and not one.version.endswith("*")]
    if len(pins) != 1 or len(asked.specifier) != 1:
        raise ValueError(f"{asked.name} has no one version (NAME==VERSION); {HOW.format(file=path.name)}")
    hashes = tuple(_HASH.findall(line))
    if not hashes:
        raise ValueError(f"{asked.name} has no --hash; {HOW.format(file=path.name)}")
    if odd := [digest for digest in hashes if not _DIGEST.fullmatch(digest)]:
        raise ValueError(f"{asked.name} has a hash that pip does not take: {odd[0][:80]}; {HOW.format(file=path.name)}")
    return Pinned(canonicalize_name(asked.name), pins[0], hashes, str(asked.marker or ""))


def _requirement(text: str, path: Path) -> "Requirement":
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        asked = Requirement(text)
    except InvalidRequirement as problem:
        raise ValueError(
            f"is no package with its version: {text[:80]!r}; a lock holds NAME==VERSION --hash=… only"
        ) from problem
    if asked.url:
        raise ValueError(
            f"{asked.name} comes from an address; put its wheel into an index, {HOW.format(file=path.name)}"
        )
    return asked
