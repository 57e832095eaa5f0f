"""uv.lock, version 1: the packages that the project itself needs, found from it along their dependencies."""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from clawtui.deploy.pinned import Lock, Pinned
from clawtui.errors import ConfigError, Mistakes
from clawtui.fleet.tables import Document

VERSION = 1
_OWN = ("virtual", "editable")
_Raw = Mapping[str, object]
_Way = frozenset[str]
# markers that must all hold on one way from the project to a package


def read_uv_lock(path: Path) -> Lock:
    """Read it; every package that cannot be installed by digest from an index is a mistake with its line."""
    document = Document.read(path)
    version = document.values.get("version")
    if version != VERSION:
        raise ConfigError(
            f"is version {version!r} of uv's lock and this clawtui reads {VERSION}; "
            "write requirements: uv export --frozen --no-emit-project -o requirements.lock",
            file=str(path),
        )
    raw = [cast("_Raw", one) for one in _list(document.values, "package")]
    numbers = {id(one): number for number, one in enumerate(raw)}
    own = [one for one in raw if any(kind in _table(one, "source") for kind in _OWN)]
    if len(own) != 1:
        raise ConfigError(
            f"holds {len(own)} projects of its own and one is wanted; export the one that is deployed: "
            "uv export --frozen --package NAME --no-emit-project -o requirements.lock",
            file=str(path),
        )
    wanted = _reached(raw, own[0])
    packages, mistakes = list[Pinned](), list[ConfigError]()
    for one, marker in wanted:
        line = document.lines.get(("package", numbers[id(one)], ""), 0)
        if "registry" in _table(one, "source"):
            packages.append(_pinned(one, marker))
        else:
            words = (
                f"{one.get('name')} comes from no index, so it has no digest that pip would check; publish its wheel"
            )
            mistakes.append(ConfigError(words, file=str(path), line=line))
    if mistakes:
        raise Mistakes(mistakes)
    return Lock(path, tuple(packages), requires_python=str(document.values.get("requires-python", "")))


def _reached(raw: list[_Raw], root: _Raw) -> list[tuple[_Raw, str]]:
    """Every package below the project, once, with the markers on the ways to it."""
    ways: dict[tuple[int, str], set[_Way]] = {}
    found: dict[int, tuple[_Raw, set[_Way]]] = {}
    todo: deque[tuple[_Raw, str, _Way]] = deque([(root, "", frozenset())])
    while todo:
        one, extra, way = todo.popleft()
        known = ways.setdefault((id(one), extra), set())
        if any(other <= way for other in known):  # a wider way leads here already
            continue
        known.add(way)
        if one is not root:
            found.setdefault(id(one), (one, set()))[1].add(way)
        for need in _list(_table(one, "optional-dependencies"), extra) if extra else _list(one, "dependencies"):
            todo.extend(_needed(raw, cast("_Raw", need), way))
    return [(one, _marker(to)) for one, to in found.values()]


def _needed(raw: list[_Raw], need: _Raw, way: _Way) -> list[tuple[_Raw, str, _Way]]:
    """The package that a dependency means, by version too where the lock holds several; and each of its extras."""
    marker = str(need.get("marker", ""))
    under = way | {marker} if marker else way
    for one in raw:
        if one.get("name") == need.get("name") and need.get("version", one.get("version")) == one.get("version"):
            return [(one, "", under), *((one, str(extra), under) for extra in _list(need, "extra"))]
    return []


def _marker(ways: set[_Way]) -> str:
    """One of them is enough; each asks for all of its markers."""
    if frozenset() in ways:
        return ""
    return " or ".join(sorted(" and ".join(f"({marker})" for marker in sorted(way)) for way in ways))


def _pinned(one: _Raw, marker: str) -> Pinned:
    wheels = [cast("_Raw", item) for item in _list(one, "wheels")]
    digests = [*(str(wheel.get("hash", "")) for wheel in wheels), str(_table(one, "sdist").get("hash", ""))]
    names = tuple(str(wheel.get("filename") or wheel.get("url", "")).rpartition("/")[2] for wheel in wheels)
    return Pinned(str(one.get("name")), str(one.get("version")), tuple(filter(None, digests)), marker, names)


def _list(values: _Raw, key: str) -> list[object]:
    found = values.get(key, [])
    return cast("list[object]", found) if isinstance(found, list) else []


def _table(values: _Raw, key: str) -> _Raw:
    found = values.get(key, {})
    return cast("_Raw", found) if isinstance(found, dict) else {}
