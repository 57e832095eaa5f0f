"""What was seen on a host → `[[service]]` entries; pure, and everything that comes from the host is taken for hostile."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clawtui.clean import clean

OURS = ("sshd", "clawtui-agent", "systemd", "systemd-resolve", "systemd-resolved", "systemd-network", "init")
# what every host has, and what brought us here
_UNIT = re.compile(r"[A-Za-z0-9:_.@\\-]{1,200}\.service")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]{0,100}")
_CGROUP = re.compile(r"/[A-Za-z0-9:_.@/\\-]{1,300}")
_ADDRESS = re.compile(r"127\.[0-9.]{5,11}|\[::1\]")


@dataclass(frozen=True, slots=True)
class Row:
    """One port that somebody listens on, as the host told it."""

    port: int
    address: str = ""
    # where the host itself reaches it
    pid: int = 0
    # 0 = not known
    name: str = ""
    unit: str = ""
    cgroup: str = ""
    container: str = ""
    project: str = ""
    kind: str = ""
    # of the metrics page; empty where there is none that is known
    latency_is: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """One entry."""

    name: str
    toml: str
    why: tuple[str, ...]
    known: bool


def proposals(host: str, rows: Iterable[Row]) -> tuple[tuple[Proposed, ...], tuple[str, ...]]:
    """Entries, those with a known page first, and notes on ports that make none."""
    groups: dict[str, list[Row]] = {}
    notes: list[str] = []
    for row in rows:
        if row.name in OURS or row.unit in ("ssh.service", "sshd.service") or row.port == 22:
            continue
        if not (row.pid or row.kind) or not (_source(row)[0] or _ADDRESS.fullmatch(row.address)):
            notes.append(f"port {row.port}: {'; '.join(clean(why, limit=200) for why in row.why)}")
            continue
        groups.setdefault(row.project or row.unit or row.cgroup or f"port {row.port}", []).append(row)
    found: list[Proposed] = []
    names: set[str] = set()
    for group in sorted(groups.values(), key=lambda group: not any(row.kind for row in group)):
        found.append(_proposed(host, group, names))
        names.add(found[-1].name)
    return tuple(found), tuple(notes)


def _proposed(host: str, group: Sequence[Row], taken: set[str]) -> Proposed:
    best = next((row for row in group if row.kind), group[0])
    key, value = _source(best)
    name = _name(best, key, value, taken)
    lines = ["[[service]]", f"name = {_quoted(name)}", f"hosts = {_quoted(host)}"]
    why = [clean(why, limit=300) for row in group for why in row.why]
    if key:
        lines.append(f"{key} = {_quoted(value)}")
    else:
        why.append("it belongs to no unit: add unit, cgroup or pid_file for its processes")
    if _ADDRESS.fullmatch(best.address):
        where = f"{best.address}:{best.port}"
        lines.append(f'metrics = "http://{where}/metrics"' if best.kind else f'probe = {{ tcp = "{where}" }}')
    if best.kind:
        why.append(f"its latency is that of the {clean(best.latency_is, limit=40)}")
    return Proposed(name, "\n".join(lines) + "\n", tuple(dict.fromkeys(why)), bool(best.kind))


def _source(row: Row) -> tuple[str, str]:
    """What finds its processes again after a restart; a session's cgroup would not."""
    if _PROJECT.fullmatch(row.project):
        return "compose", row.project
    if _UNIT.fullmatch(row.unit):
        return "unit", row.unit
    if row.container and _CGROUP.fullmatch(row.cgroup):
        return "cgroup", row.cgroup.strip("/")
    return "", ""


def _name(row: Row, key: str, value: str, taken: set[str]) -> str:
    said = value.removesuffix(".service") if key in ("unit", "compose") else row.name or row.kind or f"port-{row.port}"
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", said).strip("-.")[:40] or f"port-{row.port}"
    return plain if plain not in taken else f"{plain}-{row.port}"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are its own."""
    return json.dumps(clean(text), ensure_ascii=False)
