"""`[[artifact]]`: large files, each told once; one below the source stays where the code looks for it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import Artifact, Spec

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(?P<key>[^\s?#]+)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
FOLDER = "artifacts"


def artifacts(tables: Sequence[Keys], spec: Spec) -> Spec:
    """The spec with its artifacts, and without those files in what is shipped as source."""
    found = tuple(_artifact(keys, spec.source) for keys in tables)
    for key, what in (("name", "name"), ("path", "path in the release")):
        values = [getattr(one, key) for one in found]
        for keys, value, number in zip(tables, values, range(len(values)), strict=True):
            if value and value in values[:number]:
                keys.fault(
                    key if key in keys else "source", f"two artifacts have the {what} {value!r}; give each its own"
                )
    below = [_within(one.source, spec.source) for one in found]
    own = tuple("/" + re.sub(r"([*?\[\]\\])", r"\\\1", path) for path in below if path)
    return replace(spec, artifacts=found, exclude=(*spec.exclude, *own))


def _artifact(keys: Keys, source: Path) -> Artifact:
    name = keys.needed("name", 'what command and env call it: name = "model" makes {artifact.model}')
    if name and not _NAME.fullmatch(name):
        keys.fault("name", f"{name!r} is no name of an artifact: letters, digits, _ and -, a letter first")
    text = keys.needed("source", 'where the file is: "models/bot.onnx" or "s3://BUCKET/KEY"')
    sha256 = keys.text("sha256").lower().removeprefix("sha256:")
    if sha256 and not _SHA256.fullmatch(sha256):
        keys.fault("sha256", "must be the 64 hex digits that sha256sum prints")
    where = _local(keys) if text and "://" not in text else _remote(keys, text)
    return Artifact(name, where, sha256, _path(keys, where, source))


def _local(keys: Keys) -> str:
    found = keys.path("source")
    return str(found) if found else ""


def _remote(keys: Keys, text: str) -> str:
    if text and not _S3.fullmatch(text):
        keys.fault("source", f"{text!r} is no object: write s3://BUCKET/KEY, or the path of a file on this machine")
    return text


def _path(keys: Keys, where: str, source: Path) -> str:
    """Below the folder that the source lies in on a host."""
    default = _within(where, source) or (f"{FOLDER}/{where.rstrip('/').rpartition('/')[2]}" if where else "")
    path = keys.text("path", default)
    parts = path.split("/")
    if path and (path.startswith("/") or any(part in ("", ".", "..") for part in parts)):
        keys.fault("path", f"{path!r} must lie below the release: relative, without . and .., such as models/bot.onnx")
    return path


def _within(file: str, folder: Path) -> str:
    """The file's path below the folder; empty where it is not below it."""
    path = Path(file)
    return path.relative_to(folder).as_posix() if file.startswith("/") and path.is_relative_to(folder) else ""
