"""Root's small unit: asks docker which containers belong to which compose project and writes it where the agent may read it.

It waits for docker's events and costs nothing in between. The agent itself never touches docker's socket: that would be root.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Iterable
from typing import Any

from clawtui_agent.compose import FILE, FOLDER, VERSION
from clawtui_agent.response import Response
from clawtui_agent.shape import is_list, is_table

DOCKER = "/run/docker.sock"
PROJECT, SERVICE = (
    "com.docker.compose.project",
    "com.docker.compose.service",
)  # docker-compose 1.29 writes them, compose v2 too
AGAIN = 5.0  # seconds until docker is asked again when it did not answer
CALM = 0.3  # seconds: a project that starts makes many events
LONGEST = 300.0  # seconds between two looks, in case an event was lost
PATIENCE = 10.0


class DockerSilent(Exception):
    """Docker did not answer, and why."""


def watch(*, rounds: int = 0) -> int:
    """Until it is told to stop, or for so many looks."""
    folder = os.environ.get("RUNTIME_DIRECTORY", FOLDER)
    docker = os.environ.get("DOCKER_HOST", f"unix://{DOCKER}").partition("unix://")[2] or DOCKER
    while True:
        try:
            with _events(docker) as events:  # subscribed before the look: nothing falls in between
                while True:
                    write(folder, {"projects": projects(docker)})
                    rounds -= 1
                    if rounds == 0:
                        return 0
                    _next(events)
        except DockerSilent as error:
            write(folder, {"projects": {}, "trouble": str(error)})
            rounds -= 1
            if rounds == 0:
                return 0
            time.sleep(AGAIN)


def projects(docker: str, proc: str = "/proc") -> dict[str, list[dict[str, Any]]]:
    """Running containers by project."""
    found: dict[str, list[dict[str, Any]]] = {}
    listed = _get(docker, '/containers/json?filters={"label":["%s"]}' % PROJECT)
    for item in listed if is_list(listed) else []:
        labels: Any = item.get("Labels") if is_table(item) else None
        if not is_table(labels) or not labels.get(PROJECT):
            continue
        number = str(item.get("Id", ""))
        with contextlib.suppress(DockerSilent):  # it ended meanwhile
            pid = _pid(_get(docker, f"/containers/{number}/json"))
            if pid:
                member = {"id": number, "service": labels.get(SERVICE, ""), "pid": pid, "cgroup": _cgroup(proc, pid)}
                found.setdefault(str(labels[PROJECT]), []).append(member)
    return found


def write(folder: str, said: dict[str, Any]) -> None:
    """Whole or not at all; the folder is root's own, so nobody can put a link in the way."""
    path = f"{folder}/{FILE}"
    text = json.dumps({"version": VERSION, **said}, sort_keys=True).encode()
    with contextlib.suppress(OSError), open(path, "rb") as file:
        if file.read() == text:
            return
    os.makedirs(folder, 0o755, exist_ok=True)
    fd = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        os.fchmod(fd, 0o644)
        os.write(fd, text)
    finally:
        os.close(fd)
    os.rename(f"{path}.part", path)


def _events(docker: str) -> socket.socket:
    """A connection on which each start and end of a container arrives."""
    wanted = '{"type":["container"],"event":["start","die","rename"]}'
    line = _ask(docker, f"/events?filters={wanted}")
    line.settimeout(PATIENCE)
    response = Response()
    try:
        while not response.status and not response.wrong:
            response.feed(line.recv(4096))
    except OSError as error:
        line.close()
        raise DockerSilent(_words(error)) from error
    if response.status != 200:
        line.close()
        raise DockerSilent(response.wrong or f"HTTP {response.status}")
    return line


def _next(events: socket.socket) -> None:
    """Wait until something happened, and until it has calmed down."""
    patience = LONGEST
    while select.select([events], [], [], patience)[0]:
        patience = CALM
        try:
            said = events.recv(65536)
        except OSError as error:
            raise DockerSilent(_words(error)) from error
        if not said:
            raise DockerSilent("it ended the stream of events")


def _get(docker: str, target: str) -> Any:
    response = Response()
    with _ask(docker, target) as line:
        until = time.monotonic() + PATIENCE
        try:
            while response.whole is None and not response.wrong:
                line.settimeout(max(0.01, until - time.monotonic()))
                response.feed(line.recv(65536))
        except OSError as error:
            raise DockerSilent(_words(error)) from error
    if response.whole is None or response.status != 200:
        raise DockerSilent(response.wrong or f"HTTP {response.status}")
    try:
        return json.loads(response.whole)
    except ValueError as error:
        raise DockerSilent("an answer that is not JSON") from error


def _ask(docker: str, target: str) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(PATIENCE)
    try:
        line.connect(docker)
        line.sendall(
            f"GET {_quoted(target)} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".encode("ascii", "replace")
        )
    except OSError as error:
        line.close()
        raise DockerSilent(f"{docker}: {_words(error)}") from error
    return line


def _quoted(target: str) -> str:
    """What may not stand in a target as it is; urllib would be megabytes for this."""
    return "".join("%%%02X" % ord(char) if char in '{}[]" ' else char for char in target)


def _pid(said: object) -> int:
    state: Any = said.get("State") if is_table(said) else None
    pid: Any = state.get("Pid") if is_table(state) else 0
    return pid if isinstance(pid, int) else 0


def _cgroup(proc: str, pid: int) -> str:
    """Where the container's processes are, in the hierarchy that the agent looks in first."""
    try:
        with open(f"{proc}/{pid}/cgroup", encoding="utf-8", errors="replace") as file:
            rows = [line.rstrip("\n").split(":", 2) for line in file.read(65536).splitlines()]
    except OSError:
        return ""
    return _best(row for row in rows if len(row) == 3 and row[2] != "/")


def _best(rows: Iterable[list[str]]) -> str:
    best = ""
    for number, names, path in rows:
        if number == "0" or names == "name=systemd":
            return path
        best = best or path
    return best


def _words(error: OSError) -> str:
    return "no answer in time" if isinstance(error, socket.timeout) else os.strerror(error.errno or 0).lower()
