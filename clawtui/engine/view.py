"""From what is known of a host to its row on the fleet screen. Pure: `now` and `mono` are arguments."""

from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.alerts import rule as rules
from clawtui.engine.boundary.hosts import Breach, DeviceView, HostView, MountView, ServiceView
from clawtui.engine.boundary.value import Severity, State
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.words import breach_words, duration
from clawtui.metrics.histogram import exact
from clawtui.metrics.sample import HOST_SCOPE, Key, ServiceInfo

_BY_CONTACT = {
    Contact.LOADING: State.LOADING,
    Contact.ASKING: State.LOADING,
    Contact.LOST: State.STALE,
    Contact.DOWN: State.DOWN,
    Contact.REFUSED: State.REFUSED,
    Contact.UNTRUSTED: State.UNKNOWN,
    Contact.NO_AGENT: State.NO_AGENT,
    Contact.FAULT: State.UNKNOWN,
}
_BEHIND = {Contact.DOWN: "lost", Contact.REFUSED: "refused", Contact.UNTRUSTED: "not trusted yet"}
# how a bastion fares, by what it makes of the hosts behind it
_BREACHED = {rules.Severity.CRITICAL: State.CRITICAL, rules.Severity.WARNING: State.WARNING}
FIRST_SAMPLE_S = 10.0
_TRUE = ("true", "yes", "1", "on")


@dataclass(frozen=True, slots=True)
class Staleness:
    """When a source counts as silent."""

    periods: int = 3
    least_s: float = 3.0

    def limit(self, period_s: float) -> float:
        """Seconds without a sample."""
        return max(self.least_s, self.periods * period_s)


def view(
    standing: Standing,
    now: float,
    mono: float,
    staleness: Staleness,
    before: HostView | None,
    badges: tuple[str, ...] = (),
) -> HostView:
    """One row; `before` is the row shown until now, for `since`."""
    host = standing.host
    age = None if standing.arrived is None else max(0.0, mono - standing.arrived)
    fresh = standing.contact is Contact.LIVE and age is not None and age < staleness.limit(standing.chosen.period_s)
    breaches = _breaches(standing) if standing.offered else ()
    state = _state(standing, fresh, breaches, now - standing.since)
    if before is not None and before.state is state and state is State.OK:
        since = before.since
    else:
        since = _since(standing, state, now, breaches)
    spark_key = _spark_key(standing, breaches)
    scopes = _scopes(standing) if fresh else {}
    offered = standing.offered.scopes if standing.offered else {}
    infos = {info.name: info for info in standing.hello.services} if standing.hello else {}
    metrics = scopes.get(HOST_SCOPE, {})
    if fresh and standing.offset is not None:
        metrics["clock.offset"] = standing.offset
    return HostView(
        name=host.name,
        state=state,
        badges=badges,
        why=_why(standing, state, breaches, age),
        remedy=_remedy(standing, state),
        since=since,
        age_s=age,
        period_s=standing.chosen.period_s,
        groups=host.groups,
        site=host.site,
        region=host.region,
        labels=dict(host.labels),
        address=host.target,
        via=standing.behind or (host.jump[-1] if host.jump else ""),
        behind=_BEHIND.get(standing.contact, "") if standing.behind else "",
        metrics=metrics,
        services=tuple(
            _service(scope[8:], scopes.get(scope, {}), infos.get(scope[8:]), breaches, fresh, standing)
            for scope in offered
            if scope.startswith("service:")
        ),
        mounts=tuple(MountView(scope[6:], scopes.get(scope, {})) for scope in offered if scope.startswith("mount:")),
        devices=tuple(DeviceView(scope[7:], scopes.get(scope, {})) for scope in offered if scope.startswith("device:")),
        breaches=breaches,
        spark=standing.series[spark_key].values(now) if spark_key else (),
        spark_metric=str(spark_key) if spark_key else "",
        clock_offset=standing.offset,
        fingerprint=standing.fingerprint,
        agent=standing.hello.agent if standing.hello else "",
    )


def _scopes(standing: Standing) -> dict[str, dict[str, float | None]]:
    if standing.sample is None or standing.offered is None:
        return {}
    values = standing.sample.values
    return {scope: {name: values[n] for n, name in columns} for scope, columns in standing.offered.scopes.items()}


def _breaches(standing: Standing) -> tuple[Breach, ...]:
    """Worst first: severity, then the longest; frozen at the last value while nothing new comes."""
    found = [
        Breach(
            rule=one.rule.name,
            metric=str(one.key),
            value=verdict.value,
            limit=one.rule.when.limit,
            above=one.rule.when.above,
            unit=one.rule.unit,
            severity=Severity(one.rule.severity),
            since=verdict.since,
            held_s=one.rule.hold_s,
        )
        for one, verdict in standing.judgements()
        if verdict.firing and verdict.value is not None and verdict.since is not None
    ]
    return tuple(sorted(found, key=lambda breach: (breach.severity is not Severity.CRITICAL, breach.since)))


def _state(standing: Standing, fresh: bool, breaches: tuple[Breach, ...], lasts_s: float) -> State:
    if standing.contact is Contact.LIVE:
        if standing.arrived is None:
            state = State.LOADING if lasts_s < FIRST_SAMPLE_S else State.STALE
        elif not fresh:
            state = State.STALE
        else:
            state = State(
                min((_BREACHED[rules.Severity(b.severity)] for b in breaches), key=lambda s: s.rank, default=State.OK)
            )
    elif standing.behind and standing.contact is Contact.DOWN:
        state = State.UNKNOWN  # the bastion is down; of the host itself nothing is known
    else:
        state = _BY_CONTACT[standing.contact]
    drained = standing.host.labels.get("drained", "").lower() in _TRUE
    return min(state, State.DRAINED, key=lambda s: s.rank) if drained else state


def _since(standing: Standing, state: State, now: float, breaches: tuple[Breach, ...]) -> float:
    if state in (State.CRITICAL, State.WARNING) and breaches:
        return min(b.since for b in breaches if _BREACHED[rules.Severity(b.severity)] is state)
    if (state in (State.STALE, State.DOWN) or standing.behind) and standing.arrived_at is not None:
        return standing.arrived_at
    return now if state is State.OK else standing.since


def _why(standing: Standing, state: State, breaches: tuple[Breach, ...], age: float | None) -> str:
    alone = sum(scope.startswith("service:") for scope in standing.offered.scopes) == 1 if standing.offered else True
    tokens = (
        {f"service:{s.name}" for s in standing.hello.services if s.latency_is == "first token"}
        if standing.hello
        else ()
    )
    words = [
        breach_words(breach, alone=alone, first_token=Key.parse(breach.metric).scope in tokens)
        for breach in _telling(breaches)
    ]
    listed = "; ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")
    if standing.contact is not Contact.LIVE:
        return standing.words or str(standing.contact)
    if state is State.STALE:
        silent = standing.silence or (f"no sample for {duration(age)}" if age is not None else "no sample yet")
        return f"{silent}; before: {listed}" if listed else silent
    if state is State.LOADING:
        return standing.words or "connected, waits for the first sample"
    if listed:
        return listed
    return "drained by its label" if state is State.DRAINED else standing.complaint


def _telling(breaches: tuple[Breach, ...]) -> list[Breach]:
    """One per metric, the worst: two rules on one metric are one thing to say."""
    seen: dict[str, Breach] = {}
    for breach in breaches:
        seen.setdefault(breach.metric, breach)
    return list(seen.values())


def _remedy(standing: Standing, state: State) -> str:
    if standing.contact is not Contact.LIVE:
        return standing.remedy
    return f"clawtui doctor {standing.host.name}" if state is State.STALE else ""


def _spark_key(standing: Standing, breaches: tuple[Breach, ...]) -> Key | None:
    """The breached metric; else response time where there is one; else how busy it is."""
    series = standing.series
    for breach in breaches:
        if (key := Key.parse(breach.metric)) in series and key.name != "up":
            return key
    for key in series:
        if key.name == "latency.p95":
            return key
    busy = Key(HOST_SCOPE, "cpu.busy")
    return busy if busy in series else None


def _service(
    name: str,
    metrics: dict[str, float | None],
    info: ServiceInfo | None,
    breaches: tuple[Breach, ...],
    fresh: bool,
    standing: Standing,
) -> ServiceView:
    mine = [breach for breach in breaches if Key.parse(breach.metric).scope == f"service:{name}"]
    if not fresh:
        state = State.STALE if standing.arrived is not None else State.LOADING
    elif metrics.get("up") == 0.0:
        state = State.DOWN
    else:
        states = [_BREACHED[rules.Severity(breach.severity)] for breach in mine]
        state = min(states, key=lambda s: s.rank, default=State.UNKNOWN if metrics.get("up") is None else State.OK)
    limits = [
        one.rule.when.limit for one, _ in standing.judgements() if one.key == Key(f"service:{name}", "latency.p95")
    ]
    return ServiceView(
        name=name,
        state=state,
        metrics=metrics,
        latency_is=(info.latency_is if info else "") or "request",
        exact=_exact(info, limits),
        missing=info.missing if info else "",
    )


def _exact(info: ServiceInfo | None, limits: Sequence[float]) -> bool:
    """Is a percentile's side of its limit known, not interpolated? A probe times each of its own requests."""
    if info is not None and info.latency_is == "probe":
        return True
    return all(exact(info.edges_ms, limit) for limit in limits) if info and info.edges_ms else not limits
