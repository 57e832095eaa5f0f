"""Install or upgrade: probe, upload, switch, watch it give good samples; else the version before comes back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clawtui.errors import AgentError
from clawtui.fleet.agent import bundle as bundles
from clawtui.fleet.agent.bundle import Bundle
from clawtui.fleet.agent.past import lost
from clawtui.fleet.agent.probe import Probe, probe
from clawtui.fleet.agent.samples import good_samples, hello
from clawtui.fleet.agent.scripts import verb
from clawtui.fleet.become import Line
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.host import Host
from clawtui.fleet.link import Ending, Link, Reply
from clawtui.places import Places

UPLOAD_S = 120.0
STEP_S = 60.0
BACK_S = 30.0
HELLO_S = 5.0
SAMPLES = 3
SAMPLES_S = 20.0


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a host."""

    words: str
    # one sentence
    did: tuple[str, ...] = ()
    # each thing that is different now


async def install(
    link: Link,
    becoming: Becoming,
    places: Places,
    *,
    rings_max_bytes: int = bundles.RINGS_MAX_BYTES,
    only_upgrade: bool = False,
    samples_s: float = SAMPLES_S,
) -> Change:
    """Bring a host to this version; raises AgentError with the reason, the host then runs what it ran before."""
    host = link.host
    seen = await probe(link, await becoming.rights(link))
    if only_upgrade and not seen.current:
        raise AgentError(host.name, "there is no agent to upgrade; run clawtui agent install")
    # in a thread: it may have to fetch psutil
    made = await asyncio.to_thread(bundles.make, host, seen, places, rings_max_bytes=rings_max_bytes)
    if made.same_as(seen):
        return Change(f"nothing to do: {made.folder} runs with this configuration")
    done = [f"{made.folder} in {seen.layout.code}, {len(made.archive) // 1024} KiB sent, psutil from {made.source}"]
    done += [seen.words] if seen.words else []
    before = (await hello(link, talk(seen), timeout_s=HELLO_S))[0] if seen.current and seen.active else {}
    try:
        parts = {"folder": made.folder, "sha256": made.sha256, "python": seen.python}
        unpacked = await _run(link, verb(seen.rights, seen.layout, "unpack", made.archive, **parts), UPLOAD_S)
        _expect(seen, "unpacking", unpacked)
        switched = await _run(
            link, verb(seen.rights, seen.layout, "switch", folder=made.folder, compose=_composed(seen, host))
        )
        _expect(seen, "switching", switched)
        after = await good_samples(link, talk(seen), made.digest, count=SAMPLES, timeout_s=samples_s)
        _goes_on(host.name, before, after)
    except AgentError as problem:
        raise AgentError(host.name, await _undo(link, seen, made, problem.reason)) from problem
    kept = (made.folder, seen.current) if seen.current and seen.current != made.folder else _kept(seen, made)
    pruned = await _run(link, verb(seen.rights, seen.layout, "prune", keep=kept))
    done += _did(unpacked) + _did(switched) + _did(pruned)
    how = "upgraded" if seen.current and seen.current != made.folder else "installed"
    return Change(
        f"{how}: {SAMPLES} good samples from {made.folder}",
        tuple(done),
    )


def _composed(seen: Probe, host: Host) -> tuple[str, ...]:
    """Whether root's unit that asks docker is wanted."""
    return ("yes",) if seen.systemd and any(service.compose for service in host.services) else ()


def talk(seen: Probe) -> Line:
    """Its own proxy, with the rights of the installation: this login may not be in the agent's group yet."""
    return verb(seen.rights, seen.layout, "talk")


async def _run(link: Link, line: Line, timeout_s: float = STEP_S) -> Reply:
    return await link.run(line.command, stdin=line.stdin, timeout_s=timeout_s)


def _goes_on(host: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """History that the version before had kept is not lost."""
    if words := lost(before, after):
        raise AgentError(host, words)


def _kept(seen: Probe, made: Bundle) -> tuple[str, ...]:
    """A new configuration for the same version leaves the version before alone."""
    others = [name for name in seen.installed if name != made.folder]
    return (made.folder, *others[:1])


async def _undo(link: Link, seen: Probe, made: Bundle, why: str) -> str:
    """Bring back what ran before, or nothing where nothing did; answers the whole story in one sentence."""
    said = (await _run(link, verb(seen.rights, seen.layout, "last_words"))).text.splitlines()
    said = [line for line in said if line.strip() and not line.startswith(("Started ", "Stopped ", "Starting ", "-- "))]
    tail = f" It said: {' | '.join(said[-4:])}." if said else ""
    if seen.current:
        back = await _run(link, verb(seen.rights, seen.layout, "restore", folder=seen.current))
        state = (
            await _runs_again(link, seen)
            if back.ending is Ending.OK
            else f"bringing {seen.current} back failed too: {_words(back)}"
        )
        if back.ending is Ending.OK and made.folder != seen.current:
            others = tuple(name for name in seen.installed if name != made.folder)
            await _run(link, verb(seen.rights, seen.layout, "prune", keep=others))
    else:
        gone = await _run(link, verb(seen.rights, seen.layout, "remove"))
        state = (
            "everything was taken away again"
            if gone.ending is Ending.OK
            else f"taking it away failed too: {_words(gone)}"
        )
    return f"{why.rstrip('.')}; {state}.{tail}"


async def _runs_again(link: Link, seen: Probe) -> str:
    """Said only once the version before has given a sample."""
    try:
        digest = seen.current.partition("-psutil")[0]
        await good_samples(link, talk(seen), digest, count=1, timeout_s=BACK_S)
    except AgentError as problem:
        return f"{seen.current} was brought back and gives no samples either: {problem.reason}"
    return f"{seen.current} runs again"


def _expect(seen: Probe, step: str, reply: Reply) -> None:
    """A step that did not end well is an AgentError with its last words."""
    if reply.ending is not Ending.OK:
        raise AgentError(seen.host, f"{step} failed: {_words(reply)}")


def _words(reply: Reply) -> str:
    """The last lines it said, or how it ended."""
    lines = reply.stderr.decode("utf-8", "replace").strip().splitlines()
    return reply.note or (" | ".join(lines[-2:]) if lines else f"ended {reply.ending} with status {reply.status}")


def _did(reply: Reply) -> list[str]:
    """Lines of a script that say what it changed."""
    return [line.removeprefix("did ") for line in reply.text.splitlines() if line.startswith("did ")]
