"""Copying from one host into a folder of its own; names that a host gives never lead out of that folder."""

import asyncio
import contextlib
import os
from pathlib import Path

from clawtui.clean import clean
from clawtui.errors import FileFailed, LinkLost
from clawtui.fleet.copy import shell
from clawtui.fleet.copy.tree import PIECE, Entry, digest
from clawtui.fleet.copy.upload import LOOK_S, PIECE_S, Copied
from clawtui.fleet.link import Ending, Link, Reply

LIST_S = 600.0
FIELDS = 5


async def download(link: Link, source: str, folder: Path) -> tuple[Copied, tuple[str, ...]]:
    """Copy a file or a tree into `folder`; also what was left out and why. FileFailed names the file that went wrong."""
    listed = await _checked(link, source, shell.listing(source), LIST_S)
    if listed.note:
        raise FileFailed(link.host.name, f"{source}: too many files to list at once; copy its folders one by one")
    entries, left = read(link.host.name, listed.stdout, source)
    copied = Copied()
    for entry in entries:
        place = folder.joinpath(*entry.path.split("/"))
        if entry.kind == "folder":
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            copied = await _file(link, entry, place, copied)
    for entry in reversed(entries):  # at last: a folder that may not be written would stop what comes into it
        if entry.kind == "folder":
            folder.joinpath(*entry.path.split("/")).chmod(entry.mode | 0o700)
    return copied, left


def read(host: str, listed: bytes, source: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The host's list as entries below the source's own name, and what is left out; FileFailed for one that makes no sense."""
    words = listed.split(b"\0")[:-1]
    if len(words) % FIELDS:
        raise FileFailed(host, f"{source}: its list of files was cut short")
    root = shell.plain(source).rstrip("/")
    last = root.rpartition("/")[2]
    name = last if last not in ("", ".", "..") else "files"
    entries: list[Entry] = []
    left: list[str] = []
    for at in range(0, len(words), FIELDS):
        kind, mode, size, sha256, path = (os.fsdecode(word) for word in words[at : at + FIELDS])
        below = path.removeprefix(root).lstrip("/") if path.startswith(root) else path
        relative = f"{name}/{below}" if below else name
        if any(part in ("", ".", "..") for part in relative.split("/")) or not (mode + size).isdigit():
            raise FileFailed(host, f"{source}: it lists a name that leads elsewhere: {clean(path, limit=120)}")
        if kind in ("file", "folder"):
            entries.append(Entry(relative, kind, int(mode, 8) & 0o777, int(size), sha256, source=path))
        else:
            left.append(f"{clean(path, limit=120)}: {'a link' if kind == 'link' else 'no plain file'}, left out")
    return tuple(entries), tuple(left)


async def _file(link: Link, entry: Entry, place: Path, copied: Copied) -> Copied:
    if await asyncio.to_thread(_same, place, entry):
        return Copied(copied.files, copied.sent, copied.same + 1)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name[:120]}.{entry.sha256[:12]}.part")
    begun = partial.stat().st_size if partial.exists() else 0
    offset = start = begun if begun <= entry.size else 0
    try:
        with partial.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            while offset < entry.size:
                reply = await _checked(link, entry.source, shell.piece(entry.source, offset, PIECE), PIECE_S)
                if not reply.stdout:
                    break  # it has become shorter: the digest will tell
                file.write(reply.stdout)
                offset += len(reply.stdout)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
    except OSError as problem:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise FileFailed(link.host.name, f"{place} here: {problem.strerror}") from problem
    if await asyncio.to_thread(digest, partial) != entry.sha256:
        partial.unlink()
        raise FileFailed(
            link.host.name, f"{entry.source}: it changed there while it was copied; nothing was put in place"
        )
    partial.chmod(entry.mode)
    partial.replace(place)
    return Copied(copied.files + 1, copied.sent + offset - start, copied.same)


def _same(place: Path, entry: Entry) -> bool:
    return place.is_file() and place.stat().st_size == entry.size and digest(place) == entry.sha256


async def _checked(link: Link, path: str, command: str, timeout_s: float = LOOK_S) -> Reply:
    reply = await link.run(command, timeout_s=timeout_s)
    if reply.ending is Ending.OK:
        return reply
    if reply.ending is Ending.UNKNOWN:
        raise LinkLost(
            link.host.name, f"{clean(path, limit=120)}: {reply.note}; the same call goes on where this one stopped"
        )
    said = reply.stderr.decode("utf-8", "replace").strip().splitlines()
    raise FileFailed(link.host.name, f"{clean(path, limit=120)}: {said[-1] if said else f'status {reply.status}'}")
