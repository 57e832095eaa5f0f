"""Copying to one host: what is there already is left, what was begun is gone on with, a file appears whole or not at all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import FileFailed, LinkLost
from clawtui.fleet.copy import shell
from clawtui.fleet.copy.tree import PIECE, Entry
from clawtui.fleet.link import Ending, Link, Reply

LOOK_S = 60.0
PIECE_S = 300.0
ROOM = 1024 * 1024  # bytes that a disk must have left beside the copy


@dataclass(frozen=True, slots=True)
class Copied:
    """What was done on one host."""

    files: int = 0
    sent: int = 0
    # bytes over the line
    same: int = 0
    # files that were there already

    @property
    def words(self) -> str:
        """One sentence."""
        done = f"{self.files} file{'' if self.files == 1 else 's'}, {self.sent:,} bytes sent"
        return f"{done}, {self.same} there already" if self.same else done


async def upload(link: Link, entries: Sequence[Entry], target: str, *, into: bool) -> Copied:
    """Copy a tree; FileFailed says which file and why, LinkLost that the same call goes on where it stopped.

    `into`: the target is a folder to be; otherwise it is one where a folder is there, else the copy's own name.
    """
    kind, free = await _look(link, target)
    inside = into or kind == "folder"
    places = {entry.path: _place(target, entry.path, inside=inside) for entry in entries}
    if into and kind != "folder":
        await _checked(link, target, shell.folder(target, 0o755))
    copied = Copied()
    for entry in entries:
        copied = await _one(link, entry, places[entry.path], free, copied)
    return copied


def _place(target: str, path: str, *, inside: bool) -> str:
    if inside:
        return f"{target.rstrip('/') or '/'}/{path}".replace("//", "/")
    _, _, below = path.partition("/")
    return f"{target}/{below}" if below else target


async def _look(link: Link, target: str) -> tuple[str, int]:
    lines = (await _checked(link, target, shell.look(target))).text.split()
    free = int(lines[1]) if len(lines) > 1 and lines[1].isdigit() else 0
    return lines[0] if lines else "absent", free


async def _one(link: Link, entry: Entry, place: str, free: int, copied: Copied) -> Copied:
    folder, _, name = place.rpartition("/")
    partial = (
        f"{folder}/.{name[:120]}.{entry.sha256[:12] or 'link'}.part"
        if folder
        else f".{name[:120]}.{entry.sha256[:12]}.part"
    )
    match entry.kind:
        case "folder":
            await _checked(link, place, shell.folder(place, entry.mode))
            return copied
        case "link":
            await _checked(link, place, shell.link(place, entry.leads, partial))
            return copied
        case _:
            return await _file(link, entry, place, partial, free - copied.sent, copied)


async def _file(link: Link, entry: Entry, place: str, partial: str, free: int, copied: Copied) -> Copied:
    size, sha256, begun = (await _checked(link, place, shell.have(place, partial))).text.split()
    if int(size) == entry.size and sha256 == entry.sha256:
        return Copied(copied.files, copied.sent, copied.same + 1)
    offset = int(begun) if int(begun) <= entry.size else 0
    if entry.size - offset + ROOM > free:
        raise FileFailed(
            link.host.name, f"{place}: no room, {entry.size - offset:,} bytes are to come and {max(0, free):,} are free"
        )
    try:
        await _send(link, entry, place, partial, offset)
        await _checked(link, place, shell.finish(partial, place, entry.mode, entry.sha256))
    except FileFailed:
        await link.run(shell.drop(partial), timeout_s=LOOK_S)  # a full disk: half a copy must not fill it
        raise
    return Copied(copied.files + 1, copied.sent + entry.size - offset, copied.same)


async def _send(link: Link, entry: Entry, place: str, partial: str, offset: int) -> None:
    """Piece by piece, never more than one in memory; an empty file is one empty piece."""
    while True:
        content = await asyncio.to_thread(_read, entry.source, offset)
        await _checked(link, place, shell.append(partial, offset), content)
        offset += len(content)
        if offset >= entry.size or not content:
            return


def _read(path: str, offset: int) -> bytes:
    with Path(path).open("rb") as file:
        file.seek(offset)
        return file.read(PIECE)


async def _checked(link: Link, place: str, command: str, stdin: bytes = b"") -> Reply:
    """The reply of a command that ended well; else FileFailed with what it said, or LinkLost."""
    reply = await link.run(command, stdin=stdin, timeout_s=PIECE_S if stdin else LOOK_S)
    if reply.ending is Ending.OK:
        return reply
    if reply.ending is Ending.UNKNOWN:
        raise LinkLost(link.host.name, f"{place}: {reply.note}; the same call goes on where this one stopped")
    raise FileFailed(link.host.name, f"{place}: {_why(reply)}")


def _why(reply: Reply) -> str:
    if reply.status == shell.WRONG:
        return "what arrived there has another SHA-256 (did the file change here meanwhile?); nothing was put in place"
    if reply.status == shell.SHORT:
        return "somebody else copies to the same name at the same time; nothing was put in place"
    said = reply.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else reply.note or f"ended with status {reply.status}"
