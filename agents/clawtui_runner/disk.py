"""Files that are there wholly or not at all."""

import json
import os
from pathlib import Path
from typing import Optional, cast

from clawtui_runner.fault import Record


def folder(path: Path, mode: int = 0o755) -> Path:
    """There, with everything above it; the mode is that of the last part and only where it is made here."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    return path


def write(path: Path, data: bytes, mode: int = 0o644, uid: int = -1, gid: int = -1) -> None:
    """Written beside, synced, renamed: a reader sees the old bytes or the new ones."""
    part = path.with_name(path.name + ".part")
    handle = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            if (uid, gid) != (-1, -1):
                os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        if part.exists():
            part.unlink()
        raise
    sync(path.parent)


def link(path: Path, target: str) -> None:
    """A symbolic link that changes its target in one step."""
    part = path.with_name(path.name + ".part")
    if part.is_symlink() or part.exists():
        part.unlink()
    part.symlink_to(target)
    part.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """A rename survives a power cut once its folder is on disk."""
    handle = os.open(str(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> Optional[Record]:
    """A JSON object of ours, or None where there is none that can be read."""
    try:
        value: object = json.loads(path.read_bytes().decode())
    except (OSError, ValueError):
        return None
    return cast("Record", value) if isinstance(value, dict) else None


def keep(path: Path, value: Record, mode: int = 0o644) -> None:
    """A JSON object, wholly or not at all."""
    folder(path.parent)
    write(path, json.dumps(value, sort_keys=True, indent=1).encode() + b"\n", mode)


def remove(path: Path) -> None:
    """Gone, whether it was there or not."""
    if path.is_symlink() or path.exists():
        path.unlink()
