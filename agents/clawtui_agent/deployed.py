"""Services that clawtui has deployed here, told by `ROOT/SERVICE/current.json`: they appear, move and go by themselves."""

from __future__ import annotations

import json
import os
from typing import Any

from clawtui_agent.address import of_url
from clawtui_agent.config import Config, Probe, Service
from clawtui_agent.shape import is_list, is_table

VERSION = 1
FILE = "current.json"
MOST = 200  # folders that are looked at
LONGEST = 65_536  # bytes

Seen = tuple[tuple[str, int, int], ...]


class Deployed:
    """Looked at each few seconds: a stat a service; a file is read when it is another one."""

    def __init__(self) -> None:
        self._seen: Seen = ()
        self.services: tuple[Service, ...] = ()
        self.notes: list[str] = []

    def changed(self, root: str) -> bool:
        """Is there anything else than at the last look?"""
        seen = _seen(root)
        if seen == self._seen:
            return False
        self._seen = seen
        self.notes = []
        found = [self._read(path) for path, _, _ in seen]
        services = tuple(service for service in found if service is not None)
        before, self.services = self.services, services
        return services != before

    def added_to(self, config: Config) -> Config:
        """What the configuration names itself stays as it says."""
        named = {service.name for service in config.services}
        return config._replace(services=(*config.services, *(s for s in self.services if s.name not in named)))

    def _read(self, path: str) -> Service | None:
        try:
            with open(path, "rb") as file:
                return _service(json.loads(file.read(LONGEST)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.notes.append(f"{path}: {error}")
            return None


def _seen(root: str) -> Seen:
    """Path, inode and time of each file that only root or we ourselves can have written."""
    found: list[tuple[str, int, int]] = []
    try:
        with os.scandir(root) as entries:
            for entry in entries:
                path = f"{root}/{entry.name}/{FILE}"
                try:
                    stat = os.lstat(path)
                except OSError:
                    continue
                if stat.st_uid in (0, os.geteuid()) and not stat.st_mode & 0o022 and len(found) < MOST:
                    found.append((path, stat.st_ino, stat.st_mtime_ns))
    except OSError:
        return ()
    return tuple(sorted(found))


def _service(document: Any) -> Service | None:
    """The instance that serves; None where a release has none that could be watched."""
    if not is_table(document) or document.get("version") != VERSION:
        raise ValueError("not of version 1: it takes another version of the agent, clawtui agent upgrade")
    name, instances = document.get("service"), document.get("instances")
    if not isinstance(name, str) or not name.isprintable() or " " in name or not name or not is_list(instances):
        raise ValueError("service must be a word and instances a list")
    first = instances[0] if instances else None
    if not is_table(first):
        return None
    probe, metrics = _word(first, "probe"), _word(first, "metrics")
    return Service(
        name=name,
        unit=_word(first, "unit"),
        metrics=metrics if of_url(metrics) else "",
        probe=Probe(url=probe) if of_url(probe) else None,
    )


def _word(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
