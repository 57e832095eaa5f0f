"""History of one host: from its agent, or, when that is dead, straight from its rings by file transfer."""

from clawtui.engine.boundary import RangeAnswer, RangeQuery
from clawtui.engine.follower import Follower, Links
from clawtui.errors import FileFailed, UsageError
from clawtui.metrics.sample import Key, Range

DAY_S = 86_400.0
POINTS_MOST = 20_000
METRICS_MOST = 64


async def past(follower: Follower, links: Links, query: RangeQuery, now: float) -> RangeAnswer:
    """Times by the engine's clock; the host's own are those plus its offset."""
    if not query.start < query.end:
        raise UsageError("the window of time ends before it begins")
    if not 0 <= query.points <= POINTS_MOST or not 0 < len(query.metrics) <= METRICS_MOST:
        raise UsageError(f"at most {POINTS_MOST} points of 1 to {METRICS_MOST} metrics at a time")
    standing, client = follower.standing, follower.client
    keys = tuple(Key.parse(metric) for metric in query.metrics)
    offset = standing.offset or 0.0
    tier = _tier(query.start, now)
    start, end = query.start + offset, query.end + offset
    if client is not None and client.hello is not None:
        found = await client.range(tier, keys, start, end, query.points)
    else:
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


def _tier(start: float, now: float) -> str:
    """Seconds are kept for a day, minutes for thirty."""
    return "1s" if now - start <= DAY_S else "1m"


async def _from_rings(
    follower: Follower, links: Links, keys: tuple[Key, ...], start: float, end: float, points: int
) -> Range:
    """The agent is dead or silent: its files may still be read by whoever may log in."""
    from clawtui.fleet.agent.layout import system_layout
    from clawtui.fleet.agent.remove import where
    from clawtui.metrics.ring import read_ring

    link = await links.link(follower.host)
    try:
        return await read_ring(link, system_layout().state, keys, start, end, points)
    except FileFailed:
        layout, _ = await where(link)
        if layout.root:
            raise
        return await read_ring(link, layout.state, keys, start, end, points)
