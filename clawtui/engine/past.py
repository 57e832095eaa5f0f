"""History of one host: from its agent, or, when that is dead, straight from its rings by file transfer."""

from shlex import quote

from clawtui.engine.boundary import RangeAnswer, RangeQuery
from clawtui.engine.follower import Follower, Links
from clawtui.errors import AgentError, UsageError
from clawtui.metrics.sample import Key, Range

DAY_S = 86_400.0
POINTS_MOST = 20_000
METRICS_MOST = 64
LOOK_S = 10.0
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
    from clawtui.metrics.ring import read_ring

    name = follower.host.name
    link = await links.link(follower.host)
    reply = await link.run(LOOK, timeout_s=LOOK_S)
    folders = [line for line in reply.text.splitlines() if line.startswith("/")]
    if not folders:
        why = reply.note or "no agent answers, and no rings that this login may read lie there"
        raise AgentError(name, f"no history: {why}")
    return await read_ring(link, folders[0], keys, start, end, points)
