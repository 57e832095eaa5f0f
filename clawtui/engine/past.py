"""History of one host: from its agent, or, when that is dead, straight from its rings by file transfer."""

from contextlib import suppress
from dataclasses import replace
from shlex import quote

from clawtui.engine.boundary.charts import RangeAnswer, RangeQuery
from clawtui.engine.follower import Follower, Links
from clawtui.errors import AgentError, Deadline, LinkLost, UsageError
from clawtui.metrics.sample import Key, Range, RingInfo

POINTS_MOST = 20_000
METRICS_MOST = 64
LOOK_S = 10.0
NO_HISTORY = "agentless: nothing is kept there, what is shown began when clawtui connected"
# Where rings may lie; of several the one that was written last comes first.
_SCRIPT = (
    'id="$(cat /etc/machine-id /var/lib/dbus/machine-id 2>/dev/null | head -n 1)"; '
    'for d in $(ls -dt /var/lib/clawtui-agent/*.ring "$HOME/.local/state/clawtui-agent/${id:-$(uname -n)}"/*.ring '
    '2>/dev/null); do d="${d%/*}"; [ -r "$d/rings.json" ] && echo "$d"; done; :'
)
LOOK = f"sh -c {quote(_SCRIPT)}"


async def past(follower: Follower, links: Links, query: RangeQuery, now: float) -> RangeAnswer:
    """Times by the engine's clock; the host's own are those plus its offset."""
    if not query.start < query.end:
        raise UsageError("the window of time ends before it begins")
    if not 0 <= query.points <= POINTS_MOST or not 0 < len(query.metrics) <= METRICS_MOST:
        raise UsageError(f"at most {POINTS_MOST} points of 1 to {METRICS_MOST} metrics at a time")
    standing, source = follower.standing, follower.source
    if standing.chosen.agentless:
        raise AgentError(follower.host.name, NO_HISTORY)
    keys = tuple(Key.parse(metric) for metric in query.metrics)
    offset = standing.offset or 0.0
    start, end = query.start + offset, query.end + offset
    found: Range | None = None
    if source is not None and source.hello is not None and not (standing.silence or isinstance(source.answering, str)):
        rings = source.hello.rings
        tier = tier_for(rings, start, end, query.points, now + offset)
        with suppress(Deadline, LinkLost):  # it has just died: its files are still there
            for known in (tier, *finer(rings, tier)):
                found = await source.answering.range(known, keys, start, end, query.points)
                if any(value is not None for lane in found.mean for value in lane):
                    break
    if found is None:
        found = await _from_rings(follower, links, keys, start, end, query.points)
    return RangeAnswer(
        host=follower.host.name,
        metrics=query.metrics,
        step_s=found.step_s,
        times=tuple(at - offset for at in found.times),
        low=found.low,
        mean=found.mean,
        high=found.high,
        note=found.note,
    )


def tier_for(rings: tuple[RingInfo, ...], start: float, end: float, points: int, now: float) -> str:
    """The finest that reaches back far enough and is not finer than what is asked for; else the one that reaches furthest."""
    wanted_s = (end - start) / points if points else 0.0
    known = sorted((ring for ring in rings if ring.step_s > 0), key=lambda ring: ring.step_s)
    reaching = [ring for ring in known if now - start <= ring.step_s * ring.slots]
    if not reaching:
        return max(known, key=lambda ring: ring.step_s * ring.slots).tier if known else "1s"
    coarse = [ring for ring in reaching if ring.step_s <= wanted_s]
    return (coarse[-1] if coarse else reaching[0]).tier


def finer(rings: tuple[RingInfo, ...], tier: str) -> tuple[str, ...]:
    """Where to look when a coarse tier has nothing yet: a host's first minute and its first hour are in the finer ones."""
    step = next((ring.step_s for ring in rings if ring.tier == tier), 0)
    known = sorted((ring for ring in rings if 0 < ring.step_s < step), key=lambda ring: -ring.step_s)
    return tuple(ring.tier for ring in known)


async def _from_rings(
    follower: Follower, links: Links, keys: tuple[Key, ...], start: float, end: float, points: int
) -> Range:
    """The agent is dead or silent: its files may still be read by whoever may log in."""
    from clawtui.metrics.ring import read_ring

    name = follower.host.name
    link = await links.link(follower.host)
    reply = await link.run(LOOK, timeout_s=LOOK_S)
    folders = [line for line in reply.text.splitlines() if line.startswith("/")]
    if not folders:
        why = reply.note or "no agent answers, and no rings that this login may read lie there"
        raise AgentError(name, f"no history: {why}")
    read = await read_ring(link, folders[0], keys, start, end, points)
    silent = follower.standing.silence
    return replace(read, note=f"read from the rings by SFTP: {silent}") if silent else read
