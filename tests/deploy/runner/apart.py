"""A machine within this one that has nginx: its own network, its own /etc/nginx, /run and /srv; everything ends with it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.runner import echo
from tests.deploy.runner.talk import Line, here

PLACE = "/srv/clawtui/bot"
START = """
set -e
mount --make-rprivate /
ip link set lo up
mount --bind {folder}/nginx /etc/nginx
for place in /run /srv /var/log/nginx /var/lib/nginx; do mount -t tmpfs -o mode=755 tmpfs $place; done
mount --bind {folder}/hosts /etc/hosts
mount --bind {folder}/authorities.pem /etc/ssl/certs/ca-certificates.crt
mkdir -p {place}/shared/run
echo ready
exec sleep infinity
"""
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass
class Apart:
    """`line` is a runner inside."""

    folder: Path
    first: "subprocess.Popen[str]"
    program: Path
    line: Line = field(init=False)
    ends: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.line = Line(self.enter(*here(self.program)))
        self.ends.callback(self.line.close)
        self.line.ask("open", service="bot", place=PLACE)
        self.line.lock()

    def enter(self, *argv: str) -> list[str]:
        return ["nsenter", "-t", str(self.first.pid), "-m", "-n", *argv]

    def path(self, name: str) -> Path:
        """A file inside, seen from here."""
        return Path(f"/proc/{self.first.pid}/root{name}")

    def sh(self, *argv: str) -> str:
        done = subprocess.run(self.enter(*argv), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Something that serves inside, once it has said its first line."""
        process = subprocess.Popen(self.enter(*argv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.ends.callback(end, process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    def serve(self, where: str, who: str = "one") -> None:
        """The service itself."""
        self.start(sys.executable, "-I", echo.__file__, where, who)

    def live(self, socket: str) -> None:
        """What a switch does."""
        link = self.path(f"{PLACE}/shared/run/live.sock")
        link.unlink(missing_ok=True)
        link.symlink_to(socket)

    def ask(self, url: str, *words: str) -> dict[str, Any]:
        """What the service was asked when this was; "status" beside it."""
        argv = ("curl", "-sk", "--max-time", "30", "--write-out", "\n%{http_code} %{redirect_url}", *words, url)
        body, _, last = self.sh(*argv).rpartition("\n")
        status, _, to = last.partition(" ")
        found = json.loads(body) if body.startswith("{") else {}
        return {**found, "status": int(status), "to": to}

    def close(self) -> None:
        self.ends.close()
        pid = self.path("/run/nginx.pid")
        if pid.exists() and pid.read_text().strip():
            self.sh("nginx", "-s", "stop")
        end(self.first)


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait(30)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


@contextmanager
def apart(folder: Path, program: Path, *authorities: Path) -> Iterator[Apart]:
    """One of them, trusting these authorities too."""
    shutil.copytree("/etc/nginx", folder / "nginx", symlinks=True)
    shutil.rmtree(folder / "nginx/sites-enabled")
    (folder / "hosts").write_text("127.0.0.1 localhost bot.test www.bot.test pebble\n")
    known = [AUTHORITIES, *authorities]
    (folder / "authorities.pem").write_text("".join(path.read_text() for path in known))
    script = START.format(folder=folder, place=PLACE)
    first = subprocess.Popen(["unshare", "-mn", "sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "ready\n"
    made = Apart(folder, first, program)
    try:
        yield made
    finally:
        made.close()
