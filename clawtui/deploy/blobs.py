"""A blob to a host by the shortest way: it is there already, the host fetches it itself, or it is streamed to it from here."""

import asyncio
import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from clawtui.clean import clean
from clawtui.deploy.artifacts import shelf_of
from clawtui.deploy.fetched import fetch
from clawtui.deploy.pace import Moved, Pace, together
from clawtui.deploy.pieces import Pieces
from clawtui.deploy.plan import Blob
from clawtui.deploy.reachable import reachable
from clawtui.deploy.shelved import told
from clawtui.errors import ClawtuiError, FarFailed, LinkLost
from clawtui.fleet.become import Line, Rights, as_root
from clawtui.fleet.link import Ending, Link, Reply

LOOK_S = 30.0
STALL_S = 60.0
SLOWEST_DISK = 100_000_000
# bytes a second with which a host hashes and syncs what has come, before it answers
BUSY_S, BUSY_AGAIN_S = 90.0, 2.0
# a runner whose line was cut lets go of the bytes after a while
TELL_S = 0.5
Tell = Callable[[Moved, Moved], None]


class Porter:
    """Brings the blobs of one rollout; what hosts have in common is read, fetched and told once."""

    def __init__(
        self,
        blobs: Sequence[Blob],
        place: str,
        runner: str,
        cache: Path,
        tell: Tell = lambda one, all_: None,  # noqa: ARG005 - nobody listens
    ) -> None:
        """`runner`: its file on the hosts. `tell` hears how one host gets on, and all of them together."""
        self._blobs = {blob.sha256: blob for blob in blobs}
        self._place, self._runner, self._cache, self._tell = place, runner, cache / "blobs", tell
        self._pieces: dict[str, Pieces] = {}
        self._fetching: dict[str, asyncio.Task[int]] = {}
        self._moved: dict[tuple[str, str], Moved] = {}

    async def bring(
        self, link: Link, rights: Rights, sha256: str, say: Callable[[str], None] = lambda _: None
    ) -> Mapping[str, object]:
        """What the host's own step has to be told as a secret: `url` where it fetches the bytes itself, else nothing.

        FarFailed says why the host cannot have it; LinkLost, that the same call goes on where this one was cut.
        """
        blob = self._blobs[sha256]
        until = time.monotonic() + BUSY_S
        while True:
            size, have = await self._look(link, rights, sha256)
            if size == blob.size:
                self._report(Moved(link.host.name, blob.name, blob.size, blob.size))
                return {}
            if url := await self._address(link, blob):
                say(f"{blob.name}: the host fetches it itself")
                return {"url": url}
            failure = await self._stream(link, rights, blob, have if have <= blob.size else 0, say)
            if failure is None:
                return {}
            if failure.code != "locked" or time.monotonic() > until:
                raise failure
            say(f"{failure.reason}; tried again for {BUSY_S:g} s")
            await asyncio.sleep(BUSY_AGAIN_S)

    async def _look(self, link: Link, rights: Rights, sha256: str) -> tuple[int, int]:
        """Bytes of the blob there, and of what has come of it; -1 where there is none. One round trip."""
        store = shlex.quote(f"{self._place}/store")
        line = as_root(
            rights,
            f'for f in {store}/blobs/{sha256} {store}/partial/{sha256}; do stat -c %s "$f" 2>/dev/null || echo -1; done',
        )
        reply = await link.run(line.command, stdin=line.stdin, timeout_s=LOOK_S)
        words = reply.text.split()
        if reply.ending is Ending.UNKNOWN:
            raise LinkLost(link.host.name, reply.note)
        if len(words) != 2:
            raise FarFailed(link.host.name, f"looking for {sha256[:12]}… there failed: {_said(reply)}")
        return int(words[0]), max(0, int(words[1]))

    async def _address(self, link: Link, blob: Blob) -> str:
        """A short-lived address, if the host gets through to it."""
        if "://" not in blob.source:
            return ""
        shelf, key = shelf_of(blob.source)
        try:
            url = await shelf.url(key, _lives_s(blob.size))
        except ClawtuiError as error:
            raise FarFailed(link.host.name, str(error)) from error
        return url if url and await reachable(link, url) else ""

    async def _stream(
        self, link: Link, rights: Rights, blob: Blob, have: int, say: Callable[[str], None]
    ) -> FarFailed | None:
        pieces = await self._here(link, blob, say)
        words = (self._runner, "receive", self._place, blob.sha256, str(blob.size), str(have))
        line: Line = as_root(rights, f"exec python3 -I -S {shlex.join(words)}")
        stream = pieces.after(have, line.stdin, self._telling(link, blob, have, say))
        try:
            reply = await link.feed(line.command, stream, stall_s=STALL_S + blob.size / SLOWEST_DISK)
        except OSError as error:
            raise FarFailed(link.host.name, f"{blob.source} cannot be read here: {error.strerror}") from error
        return _judged(link, blob, reply)

    def _telling(self, link: Link, blob: Blob, have: int, say: Callable[[str], None]) -> Callable[[int], None]:
        """Not more often than somebody can read."""
        pace = Pace(link.host.name, blob.name, blob.size)
        self._report(pace.at(last := time.monotonic(), have))

        def taken(done: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= TELL_S or done == blob.size:
                last = now
                moved = pace.at(now, done)
                self._report(moved)
                say(moved.words)

        return taken

    def _report(self, moved: Moved) -> None:
        self._moved[moved.host, moved.name] = moved
        self._tell(moved, together(list(self._moved.values())))

    async def _here(self, link: Link, blob: Blob, say: Callable[[str], None]) -> Pieces:
        """Its bytes on this machine; what lies on a shelf is fetched once for all hosts."""
        path = Path(blob.source)
        if "://" in blob.source:
            path = self._cache / blob.sha256
            task = self._fetching.get(blob.sha256)
            if task is None or (task.done() and (task.cancelled() or task.exception())):
                say(f"{blob.name}: the host does not get through to {blob.source}, so it goes by way of this machine")
                task = asyncio.create_task(self._fetch(blob, path), name=f"fetch {blob.name}")
                self._fetching[blob.sha256] = task
            try:
                await asyncio.shield(task)
            except ClawtuiError as error:
                raise FarFailed(link.host.name, str(error)) from error
        return self._pieces.setdefault(blob.sha256, Pieces(path, blob.size))

    async def _fetch(self, blob: Blob, path: Path) -> int:
        shelf, key = shelf_of(blob.source)
        return await fetch(shelf, key, await told(shelf, key, blob.sha256), path)


def _judged(link: Link, blob: Blob, reply: Reply) -> FarFailed | None:
    """None where the blob is there now."""
    if reply.ending is Ending.UNKNOWN:
        words = f"{blob.name}: {reply.note}; what has arrived is kept, and the same call goes on from there"
        raise LinkLost(link.host.name, words)
    answer = _object(reply.text.rpartition("\n")[2])
    if reply.ending is Ending.OK and answer.get("ok") is True:
        return None
    error = cast("Mapping[str, object]", answer.get("error") or {})
    words = clean(str(error.get("words") or _said(reply)), limit=400)
    return FarFailed(link.host.name, f"{blob.name}: {words}", code=str(error.get("code", "failed")))


def _object(line: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(line)
    except ValueError:
        return {}
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _said(reply: Reply) -> str:
    said = reply.stderr.decode("utf-8", "replace").strip().splitlines()
    return clean(said[-1], limit=200) if said else reply.note or f"ended with status {reply.status}"


def _lives_s(size: int) -> int:
    """Long enough for a slow line, and no longer than an hour."""
    return min(3600, 300 + size // 2_000_000)
