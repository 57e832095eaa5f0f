"""`[[service]]` of a fleet file: what to look at on the hosts it is selected for."""

import re
from collections.abc import Mapping
from typing import cast

from clawtui.fleet.host import Origin, Probe, Service
from clawtui.fleet.tables import Table

SOURCES = ("unit", "cgroup", "pid_file", "compose")
_SERVICE = {"name", "hosts", "metrics", "probe", *SOURCES}
_PROBE = {"url", "tcp", "method", "body", "expect", "every", "timeout"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_HTTP = re.compile(r"http://(localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/\S*)?|unix:/[^:\s]+:/\S*")
_TCP = re.compile(r"(localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}|unix:/[^:\s]+")


def service(table: Table) -> tuple[Service, Origin]:
    """One of them, checked."""
    table.only(_SERVICE)
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.error("must be a name of letters, digits, - _ and .", "name")
    sources = [key for key in SOURCES if table.text(key)]
    if len(sources) > 1:
        raise table.error(f"says both {' and '.join(sources)}; one of them finds the processes", sources[1])
    metrics = table.text("metrics")
    if metrics and not re.match(r"https?://[^\s]+$|unix:/[^:\s]+:/\S*$", metrics):
        raise table.error(
            "must be a URL as seen from the host: http://127.0.0.1:8000/metrics or unix:/SOCKET:/metrics", "metrics"
        )
    if not sources and not metrics and "probe" not in table:
        raise table.error(
            "needs unit, cgroup, pid_file or compose to find its processes, or metrics, or a probe", "name"
        )
    if table.text("compose") and not _PROJECT.fullmatch(table.text("compose")):
        raise table.error("must be a project's name as `docker compose ls` shows it", "compose")
    return (
        Service(
            name=name,
            hosts=table.text("hosts", "*"),
            unit=table.text("unit"),
            cgroup=table.text("cgroup"),
            pid_file=table.text("pid_file"),
            compose=table.text("compose"),
            metrics=metrics,
            probe=_probe(table) if "probe" in table else None,
        ),
        Origin(table.document.file, table.line),
    )


def _probe(service: Table) -> Probe:
    """`probe = { url = "http://127.0.0.1:8000/health" }`; its mistakes are said at the key probe."""
    value = service.values["probe"]
    if not isinstance(value, dict):
        raise service.error('must be a table: probe = { url = "http://127.0.0.1:8000/health" }', "probe")
    table = Table(service.document, f"{service.name}.probe", service.number, cast("Mapping[str, object]", value))
    table.only(_PROBE)
    url, tcp = table.text("url"), table.text("tcp")
    if bool(url) == bool(tcp):
        raise table.error('needs either url = "http://127.0.0.1:8000/health" or tcp = "127.0.0.1:9000"', "url")
    if url and not _HTTP.fullmatch(url):
        raise table.error("must be http://ADDRESS[:PORT]/PATH with a numeric address, or unix:/SOCKET:/PATH", "url")
    if tcp and not _TCP.fullmatch(tcp):
        raise table.error("must be ADDRESS:PORT with a numeric address, or unix:/SOCKET", "tcp")
    for key in ("method", "body", "expect") if tcp else ():
        if key in table:
            raise table.error("belongs to url: a bare connection sends nothing and gets no status", key)
    every, timeout = _seconds(table, "every", 10.0), _seconds(table, "timeout", 2.0)
    if timeout > every:
        raise table.error("is longer than every: the next probe would be due before this one is given up", "timeout")
    return Probe(
        url=url,
        tcp=tcp,
        method=table.choice("method", "GET", ("GET", "POST")),
        body=table.text("body"),
        expect=_expect(table),
        every_s=every,
        timeout_s=timeout,
    )


def _expect(table: Table) -> tuple[int, int]:
    """`200` or `"200-299"`."""
    value = table.values.get("expect", 200)
    found = re.fullmatch(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?", str(value))
    if isinstance(value, bool) or not isinstance(value, int | str) or found is None:
        raise table.error('must be a status or a range of them: 200 or "200-299"', "expect")
    first = int(found[1])
    last = int(found[2] or first)
    if last < first:
        raise table.error('must run upwards: "200-299"', "expect")
    return first, last


def _seconds(table: Table, key: str, default: float) -> float:
    if key not in table:
        return default
    found = _SECONDS.fullmatch(table.text(key))
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not 0.1 <= seconds <= 3600:
        raise table.error(f'must be a time from 100ms to 60m: {key} = "10s"', key)
    return seconds
