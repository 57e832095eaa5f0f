"""The unix socket: one agent a path, several subscribers."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import os
import select
import socket
from collections.abc import Callable
from typing import Any

from clawtui_agent.loop import Loop
from clawtui_agent.subscriber import Subscriber

MOST_SUBSCRIBERS = 32


class Occupied(Exception):
    """The socket can't be had: another agent holds it, or its folder can't be written."""


class Server:
    """Owns the socket file from `open` to `close`."""

    def __init__(self, loop: Loop, path: str, group: str, heard: Callable[[Subscriber, dict[str, Any]], None]) -> None:
        self._loop = loop
        self._path = path
        self._group = group
        self._heard = heard
        self._lock = -1
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sockets: dict[Subscriber, socket.socket] = {}
        self.notes: list[str] = []
        self.arrived: Callable[[Subscriber], None] = lambda _: None

    @property
    def subscribers(self) -> list[Subscriber]:
        """Everybody who is connected."""
        return list(self._sockets)

    def open(self) -> None:
        """Take the path; raises Occupied with a sentence."""
        try:
            self._take()
        except OSError as error:
            raise Occupied(
                f"{self._path}: {error.strerror or error}; name another socket in the configuration"
            ) from error
        self._loop.watch(self._listening.fileno(), select.POLLIN, self._accept)

    def close(self) -> None:
        """Hang up on everybody and leave no file behind."""
        for subscriber in self.subscribers:
            subscriber.close()
        self._loop.forget(self._listening.fileno())
        self._listening.close()
        if self._lock >= 0:
            for path in (self._path, self._path + ".lock"):
                with contextlib.suppress(OSError):
                    os.unlink(path)
            os.close(self._lock)
            self._lock = -1

    def _take(self) -> None:
        folder = os.path.dirname(self._path)
        if folder and not os.path.isdir(folder):
            os.makedirs(folder, 0o750)
            self._give(folder)
        lock = os.open(self._path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise Occupied(
                f"{self._path}: another agent is running there; stop it first or name another socket"
            ) from None
        self._lock = lock
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)  # left by an agent that was killed: the lock says nobody serves it
        before = os.umask(0o177)
        try:
            self._listening.bind(self._path)
        finally:
            os.umask(before)
        if self._group and self._give(self._path):
            os.chmod(self._path, 0o660)
        self._listening.listen(16)
        self._listening.setblocking(False)

    def _give(self, path: str) -> bool:
        if not self._group:
            return False
        try:
            os.chown(path, -1, grp.getgrnam(self._group).gr_gid)
        except (KeyError, OSError) as error:
            self.notes.append(f"{path}: not given to group {self._group}: {error}")
            return False
        return True

    def _accept(self, _events: int) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return
        if len(self._sockets) >= MOST_SUBSCRIBERS:
            with contextlib.suppress(OSError):
                connection.send(b'{"error": {"id": null, "words": "too many subscribers"}}\n')
            connection.close()
            return
        connection.setblocking(False)
        fd = connection.fileno()
        subscriber = Subscriber(self._loop, fd, fd, self._heard)
        subscriber.closed = self._left
        self._sockets[subscriber] = connection
        self.arrived(subscriber)

    def _left(self, subscriber: Subscriber) -> None:
        connection = self._sockets.pop(subscriber, None)
        if connection is not None:
            connection.close()
