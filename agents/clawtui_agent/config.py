"""The agent's configuration file, parsed once; anything wrong in it stops the start with one sentence."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from clawtui_agent.address import BAD_TCP, BAD_URL, of_tcp, of_url
from clawtui_agent.shape import is_list, is_table

VERSION = 1
DAY = 86_400
MIB = 1_048_576
RELEASES = "/srv/clawtui"


class ConfigWrong(Exception):
    """The configuration can't be used: file, key, and what would be right."""


class Probe(NamedTuple):
    """A request of our own, where nothing else tells whether a service answers."""

    url: str = ""
    tcp: str = ""
    method: str = "GET"
    body: str = ""
    expect: tuple[int, int] = (200, 200)
    every: float = 10.0
    timeout: float = 2.0


class Service(NamedTuple):
    """A named process tree on this host."""

    name: str
    unit: str = ""
    cgroup: str = ""  # path below the cgroup root
    pid_file: str = ""
    metrics: str = ""  # URL of a Prometheus page
    compose: str = ""  # project whose containers it is
    probe: Probe | None = None

    @property
    def has_processes(self) -> bool:
        """Is it said where its processes are?"""
        return bool(self.unit or self.cgroup or self.pid_file or self.compose)


class Tree(NamedTuple):
    """An agent that speaks for a process tree instead of the machine."""

    pid: int
    cores: float
    memory: int


class Rings(NamedTuple):
    """How much history is kept."""

    max_bytes: int = 128 * MIB
    second_slots: int = DAY
    minute_slots: int = 30 * 1440
    hour_slots: int = 400 * 24
    top_slots: int = 8640


class Config(NamedTuple):
    """Everything that `config.json` says."""

    socket: str = ""
    state: str = ""
    group: str = ""
    tree: Tree | None = None
    rings: Rings = Rings()
    services: tuple[Service, ...] = ()
    releases: str = RELEASES  # below it lies a folder for each service that clawtui deployed


def load(path: str) -> Config:
    """Read and parse a file; raises ConfigWrong."""
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read())
    except OSError as error:
        raise ConfigWrong(f"{path}: {error.strerror}; write it with `clawtui agent install`") from error
    except ValueError as error:
        raise ConfigWrong(f"{path}: not JSON: {error}") from error
    try:
        return parse(document)
    except ConfigWrong as error:
        raise ConfigWrong(f"{path}: {error}") from error


def parse(document: Any) -> Config:
    """The values of a decoded file; unknown keys are refused, so that a misspelt one is not silently nothing."""
    if is_table(document):
        _version(document.get("version"))
    top = _table("config", document, ("version", "socket", "state", "group", "scope", "rings", "services", "releases"))
    services = top.get("services", [])
    if not is_list(services):
        raise ConfigWrong("services: must be a list of tables")
    parsed = tuple(_service(number, item) for number, item in enumerate(services))
    names = [service.name for service in parsed]
    for name in names:
        if names.count(name) > 1:
            raise ConfigWrong(f"services: the name {name!r} is used twice")
    return Config(
        socket=_text(top, "socket"),
        state=_text(top, "state"),
        group=_text(top, "group"),
        tree=_scope(top.get("scope", {"kind": "machine"})),
        rings=_rings(top.get("rings", {})),
        services=parsed,
        releases=_text(top, "releases") if "releases" in top else RELEASES,
    )


def _version(version: Any) -> None:
    """Before all else: a newer file may hold keys that nobody here can judge."""
    if isinstance(version, bool) or not isinstance(version, int) or version < max(1, VERSION - 1):
        raise ConfigWrong(f"version: {version!r}, this agent reads {VERSION}: upgrade the clawtui that wrote it")
    if version > VERSION:
        raise ConfigWrong(
            f"version: {version} is of a newer clawtui, this agent reads {VERSION}: clawtui agent upgrade"
        )


def _scope(item: Any) -> Tree | None:
    table = _table("scope", item, ("kind", "pid", "cores", "memory"))
    kind = table.get("kind", "machine")
    if kind == "machine":
        return None
    if kind != "process tree":
        raise ConfigWrong(f"scope.kind: {kind!r} is neither 'machine' nor 'process tree'")
    cores = table.get("cores", 1)
    if isinstance(cores, bool) or not isinstance(cores, (int, float)) or cores <= 0:
        raise ConfigWrong("scope.cores: must be a number above 0")
    return Tree(_count(table, "pid", "scope.pid"), float(cores), _count(table, "memory", "scope.memory"))


def _rings(item: Any) -> Rings:
    table = _table("rings", item, Rings._fields)
    return Rings(**{key: _count(table, key, f"rings.{key}") for key in table})


def _service(number: int, item: Any) -> Service:
    table = _table(f"services[{number}]", item, Service._fields)
    service = Service(
        **{key: _text(table, key, f"services[{number}].{key}") for key in table if key not in ("name", "probe")},
        name=_text(table, "name"),
        probe=_probe(f"services[{number}].probe", table["probe"]) if "probe" in table else None,
    )
    if not service.name or not service.name.isprintable() or " " in service.name:
        raise ConfigWrong(f"services[{number}].name: must be a word without spaces")
    return service


def _probe(where: str, item: Any) -> Probe:
    table = _table(where, item, Probe._fields)
    words = {key: _text(table, key, f"{where}.{key}") for key in ("url", "tcp", "method", "body") if key in table}
    if bool(words.get("url")) == bool(words.get("tcp")):
        raise ConfigWrong(f"{where}: needs either url or tcp")
    if words.get("method", "GET") not in ("GET", "POST"):
        raise ConfigWrong(f"{where}.method: must be GET or POST")
    if words.get("url") and of_url(words["url"]) is None:
        raise ConfigWrong(f"{where}.url: {BAD_URL}")
    if words.get("tcp") and of_tcp(words["tcp"]) is None:
        raise ConfigWrong(f"{where}.tcp: {BAD_TCP}")
    return Probe(
        **words,
        expect=_statuses(table.get("expect", [200, 200]), f"{where}.expect"),
        every=_seconds(table.get("every", 10.0), f"{where}.every"),
        timeout=_seconds(table.get("timeout", 2.0), f"{where}.timeout"),
    )


def _statuses(value: Any, where: str) -> tuple[int, int]:
    pair: list[Any] = value if is_list(value) else []
    if len(pair) != 2 or not all(type(status) is int and 100 <= status <= 599 for status in pair) or pair[0] > pair[1]:
        raise ConfigWrong(f"{where}: must be two statuses from 100 to 599, the first and the last that will do")
    return pair[0], pair[1]


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.1 <= value <= 3600:
        raise ConfigWrong(f"{where}: must be seconds from 0.1 to 3600")
    return float(value)


def _table(where: str, item: Any, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not is_table(item):
        raise ConfigWrong(f"{where}: must be a table")
    for key in item:
        if key not in allowed:
            raise ConfigWrong(f"{where}.{key}: unknown; there are {', '.join(allowed)}")
    return item


def _text(table: dict[str, Any], key: str, where: str = "") -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise ConfigWrong(f"{where or key}: must be text")
    return value


def _count(table: dict[str, Any], key: str, where: str) -> int:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ConfigWrong(f"{where}: must be a whole number above 0")
    return value
