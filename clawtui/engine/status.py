"""The `status --json` document and its exit code, from rows of the fleet. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from clawtui.engine.boundary.hosts import FleetFrame, HostView, ServiceView
from clawtui.engine.boundary.value import State

VERSION = 1
_CODES = {
    2: (State.DOWN, State.CRITICAL, State.REFUSED),
    1: (State.WARNING, State.STALE, State.NO_AGENT),
    3: (State.UNKNOWN, State.LOADING),
}


def document(frame: FleetFrame) -> dict[str, object]:
    """Ready for JSON: unknown values are null, times RFC 3339 in UTC."""
    return {"version": VERSION, "context": frame.summary.context, "hosts": [_host(view) for view in frame.hosts]}


def status_code(views: Iterable[HostView]) -> int:
    """2 down, critical or refused; 1 warning, stale or without agent; 3 unknown or loading; 0 all well or drained."""
    states = {view.state for view in views}
    return next((code for code, bad in _CODES.items() if states.intersection(bad)), 0)


def _host(view: HostView) -> dict[str, object]:
    return {
        "name": view.name,
        "state": str(view.state),
        "badges": list(view.badges),
        "why": view.why,
        "since": moment(view.since),
        "age_s": None if view.age_s is None else round(view.age_s, 3),
        "labels": dict(view.labels),
        "metrics": dict(view.metrics),
        "mounts": [{"path": mount.path, "metrics": dict(mount.metrics)} for mount in view.mounts],
        "services": [_service(service) for service in view.services],
        "devices": [{"name": device.name, "metrics": dict(device.metrics)} for device in view.devices],
    }


def _service(service: ServiceView) -> Mapping[str, object]:
    return {"name": service.name, "state": str(service.state), "metrics": dict(service.metrics)}


def moment(at: float | None) -> str | None:
    """RFC 3339, UTC, milliseconds."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
