"""`cp SRC… SELECTOR:DST` and `cp SELECTOR:SRC DIR`: files and folders to and from hosts; a colon before any slash names hosts."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import FileFailed, UsageError
from clawtui.fleet.host import Fleet
from clawtui.fleet.link import Link
from clawtui.fleet.selector import select

AT_ONCE = 16
USAGE = "write cp SRC… SELECTOR:DST, or cp SELECTOR:SRC DIR; a local name with a colon is written ./na:me"
NAMED = 6


class Cp:
    """Reversible by nobody: what stood under the same name is replaced."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Say what goes where; the local side is read and hashed here, so that the plan is about these very bytes."""
        *sources, last = words if len(words) > 1 else (*words, "", "")
        if far := _far(last):
            return await self._to(sources, *far, fleet)
        if len(sources) == 1 and last and (far := _far(sources[0])):
            return self._from(*far, last, fleet)
        raise UsageError(USAGE)

    async def _to(self, sources: Sequence[str], selector: str, target: str, fleet: Fleet) -> Draft:
        from clawtui.fleet.copy.tree import local_tree

        hosts = select(fleet, selector)
        if any(not source or _far(source) for source in sources) or not target:
            raise UsageError(USAGE)
        trees = [await asyncio.to_thread(local_tree, Path(source)) for source in sources]
        entries = [entry for tree in trees for entry in tree]
        files = [entry for entry in entries if entry.kind == "file"]
        size = sum(entry.size for entry in files)
        many = f"{len(files)} file{'' if len(files) == 1 else 's'}, {size:,} bytes"
        into = target.endswith("/") or len(sources) > 1
        shown = [f"{e.path}  {e.size:,} bytes  {e.sha256[:12]}" for e in files[:NAMED]]
        return Draft(
            verb="cp",
            title=f"COPY {many} to {_count(len(hosts))}",
            hosts=hosts,
            lines=(
                *shown,
                *([f"… and {len(files) - NAMED} more"] if len(files) > NAMED else []),
                f"to {target} on {', '.join(host.name for host in hosts)}, as the login user",
                "files of the same content are left; others are replaced once they have arrived whole",
            ),
            at_once=AT_ONCE,
            commands=(f"copy {', '.join(sources)} to {target}",),
            details={"to": target, "into": "yes" if into else "", "tree": msgspec.json.encode(entries).decode()},
        )

    def _from(self, selector: str, source: str, folder: str, fleet: Fleet) -> Draft:
        hosts = select(fleet, selector)
        if not source:
            raise UsageError(USAGE)
        return Draft(
            verb="cp",
            title=f"COPY {source} from {_count(len(hosts))}",
            hosts=hosts,
            lines=(f"from {', '.join(host.name for host in hosts)}", f"to {folder}/HOST/ here; links are left out"),
            reverts=f"removing {folder}/HOST",
            at_once=AT_ONCE,
            commands=(f"copy {source} from there",),
            details={"from": source, "folder": folder},
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """One host; a file that fails is named, and the host's other files stay as they are."""
        try:
            return await (_upload(draft, link) if "to" in draft.details else _download(draft, link))
        except FileFailed as problem:
            return HostOutcome(link.host.name, "failed", problem.reason)


async def _upload(draft: Draft, link: Link) -> HostOutcome:
    from clawtui.fleet.copy.tree import Entry
    from clawtui.fleet.copy.upload import upload

    entries = msgspec.json.decode(draft.details["tree"], type=list[Entry])
    copied = await upload(link, entries, draft.details["to"], into=bool(draft.details["into"]))
    return HostOutcome(link.host.name, "ok", copied.words, status=0)


async def _download(draft: Draft, link: Link) -> HostOutcome:
    from clawtui.fleet.copy.download import download

    folder = Path(draft.details["folder"]) / link.host.name.replace("/", "_")
    try:
        copied, left = await download(link, draft.details["from"], folder)
    except OSError as problem:
        raise FileFailed(link.host.name, f"{problem.filename} here: {problem.strerror}") from problem
    words = copied.words.replace("sent", "fetched")
    return HostOutcome(link.host.name, "ok", words, status=0, stdout="\n".join(left).encode())


def _far(word: str) -> tuple[str, str] | None:
    """Selector and path; None for a local name. As with scp, a slash before the colon makes a name local."""
    head, colon, path = word.partition(":")
    return (head, path) if colon and head and "/" not in head else None


def _count(hosts: int) -> str:
    return f"{hosts} host{'' if hosts == 1 else 's'}"
