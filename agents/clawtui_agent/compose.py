"""Compose projects: where root's small unit writes which containers are whose, because only root may ask docker."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from clawtui_agent.shape import is_list, is_table

FOLDER = "/run/clawtui-agent-compose"
FILE = "projects.json"
VERSION = 1
MOST = 1_048_576  # bytes of the file that are read


class Member(NamedTuple):
    """One running container of a project."""

    id: str
    service: str
    pid: int
    cgroup: str  # path below the root of its hierarchy


Projects = dict[str, tuple[Member, ...]]


class Unreadable(Exception):
    """There is no list of projects, and why."""


def read(folder: str = FOLDER) -> Projects:
    """Everything the unit wrote; a file that makes no sense is said, not half believed."""
    path = f"{folder}/{FILE}"
    try:
        with open(path, "rb") as file:
            document: Any = json.loads(file.read(MOST))
    except FileNotFoundError:
        raise Unreadable(
            "root's unit clawtui-agent-compose does not run here; it comes with `clawtui agent install`"
        ) from None
    except OSError as error:
        raise Unreadable(f"{path}: {os.strerror(error.errno or 0).lower()}") from error
    except ValueError as error:
        raise Unreadable(f"{path}: not JSON: {error}") from error
    if not is_table(document) or document.get("version") != VERSION:
        raise Unreadable(f"{path}: version is not {VERSION}; upgrade the agent")
    if document.get("trouble"):
        raise Unreadable(f"docker: {document['trouble']}")
    projects = document.get("projects")
    if not is_table(projects):
        raise Unreadable(f"{path}: no projects in it")
    return {
        name: tuple(member for member in map(_member, items) if member.pid > 0)
        for name, items in projects.items()
        if is_list(items)
    }


def project_of(container: str, folder: str = FOLDER) -> str:
    """The project that a container belongs to; empty when that is not known."""
    if not container:
        return ""
    try:
        projects = read(folder)
    except Unreadable:
        return ""
    return next((name for name, members in projects.items() if any(m.id == container for m in members)), "")


def _member(item: object) -> Member:
    fields: dict[str, Any] = item if is_table(item) else {}
    pid = fields.get("pid")
    words = [str(fields.get(key, "")) for key in ("id", "service", "cgroup")]
    return Member(words[0], words[1], pid if isinstance(pid, int) else 0, words[2])
