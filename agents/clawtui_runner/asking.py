"""One request to an instance, over its socket or its port, or through the proxy before it."""

import http.client
import socket
import ssl
import time
from typing import Dict, NamedTuple, Optional

from clawtui_runner.fault import Fault
from clawtui_runner.params import Params

LONGEST = 4 << 20  # bytes of an answer that are looked at


class Target(NamedTuple):
    """Where to ask; neither socket nor port: nowhere, a service that does not listen."""

    socket: str = ""
    port: int = 0
    host: str = ""
    # the name asked for
    tls: bool = False

    def __bool__(self) -> bool:
        """Is there anywhere to ask?"""
        return bool(self.socket or self.port)

    @property
    def words(self) -> str:
        """For people."""
        return self.socket or f"port {self.port}"


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    seconds: float


class _Unix(http.client.HTTPConnection):
    """HTTP over a unix socket, or over TCP to a name that is not looked up."""

    def __init__(self, target: Target, timeout: float) -> None:
        super().__init__(target.host or "localhost", timeout=timeout)
        self._target = target

    def connect(self) -> None:
        """To the target, whatever it is called."""
        self.sock = plugged(self._target, float(self.timeout or 1.0))


def plugged(target: Target, timeout: float) -> socket.socket:
    """A connection; OSError where nobody accepts."""
    if not target.socket:
        sock = socket.create_connection(("127.0.0.1", target.port), timeout)
        if target.tls:
            # what is asked is this very host; whether its certificate is one that others believe is not the question here
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return context.wrap_socket(sock, server_hostname=target.host or None)
        return sock
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        sock.connect(target.socket)
    except OSError:
        sock.close()
        raise
    return sock


def ask(
    target: Target,
    path: str,
    timeout: float,
    *,
    method: str = "GET",
    body: Optional[bytes] = None,
    headers: Optional[Dict[str, str]] = None,
) -> Answer:
    """OSError or HTTPException where nobody answers in time."""
    began = time.monotonic()
    connection = _Unix(target, timeout)
    try:
        connection.request(method, path, body=body, headers={"Connection": "close", **(headers or {})})
        answer = connection.getresponse()
        data = answer.read(LONGEST)
        return Answer(answer.status, data, time.monotonic() - began)
    finally:
        connection.close()


def target(listen: Params) -> Target:
    """What a step calls `listen` or `link`."""
    found = Target(listen.text("socket", ""), listen.whole("port", 0), listen.text("host", ""), listen.flag("tls"))
    if found.socket and not found.socket.startswith("/"):
        raise Fault("refused", f"{listen.where}.socket: must be an absolute path")
    return found
