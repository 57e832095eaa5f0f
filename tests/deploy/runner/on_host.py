"""A far runner on a test host over real SSH, and releases of a small service to give it."""

import io
import json
import subprocess
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.deploy.runner.service import SERVER, SITE, UNIT
from tests.deploy.runner.talk import Line
from tests.fleet.testbed import Testbed

PLACE = "/srv/clawtui/bot"
FOLDER = "/var/lib/clawtui-runner"
WAIT_S = 60.0
FILES = {"server.py": SERVER.encode()}


def archive() -> bytes:
    """The release as it is sent."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def unit(release: str) -> str:
    return f"clawtui-bot@{release}.service"


def socket(release: str) -> str:
    return f"{PLACE}/shared/run/{release}.sock"


@dataclass
class OnHost:
    """One host; `line` is the runner that serves there now."""

    bed: Testbed
    name: str
    program: Path
    lines: list[Line] = field(default_factory=list[Line])
    held: bool = False
    # the lock, by the line

    @property
    def line(self) -> Line:
        return self.lines[-1]

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.program.name}"

    def ssh(self, command: str) -> list[str]:
        return ["ssh", "-F", str(self.bed.ssh_config), self.name, command]

    def run(self, command: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self.ssh(command), input=data, capture_output=True, timeout=WAIT_S)

    def sh(self, command: str) -> str:
        """What a shell line says, run inside without SSH."""
        done = self.bed.sh(self.name, command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def install(self) -> None:
        put = f"mkdir -p {FOLDER} && cat >{self.path}"
        assert self.run(put, self.program.read_bytes()).returncode == 0

    def dial(self) -> Line:
        line = Line(self.ssh(f"exec python3 -I -S {self.path} serve"))
        self.lines.append(line)
        self.held = False
        line.ask("open", service="bot", place=PLACE)
        return line

    def close(self) -> None:
        for line in self.lines:
            line.close()

    def bring(self, data: bytes) -> str:
        """A blob through `receive`."""
        digest = sha256(data).hexdigest()
        done = self.run(f"python3 -I -S {self.path} receive {PLACE} {digest} {len(data)} 0", data)
        assert json.loads(done.stdout)["ok"], done
        return digest

    def stage(self, release: str, way: str = "well", *, port: int = 0, site: str = "") -> None:
        """Everything before the switch."""
        if not self.held:
            self.begin("r1")
        blob = self.bring(archive())
        listed = [{"path": name, "sha256": sha256(data).hexdigest()} for name, data in FILES.items()]
        self.line.apply("user", name="bot")
        self.line.apply("tree", release=release, archive=blob, files=listed)
        text = UNIT.format(
            release=release, way=way, user="bot", place=PLACE, socket=socket(release), listen=port or socket(release)
        )
        self.line.apply(
            "files", files=[self.file(f"/etc/systemd/system/{unit(release)}", text, "systemd", "daemon-reload")]
        )
        if site:
            text = SITE.format(upstream=site)
            self.line.apply(
                "files",
                step_id="02-site",
                files=[self.file("/etc/nginx/conf.d/clawtui-bot.conf", text, "nginx", "nginx-reload")],
            )

    def file(self, path: str, text: str, verify: str, after: str) -> dict[str, Any]:
        return {"path": path, "text": text, "mode": "0644", "verify": verify, "after": after}

    def instance(self, release: str, **ready: Any) -> dict[str, Any]:
        asked = {"path": "/ready", "within_s": 20, "times": 2, "every_s": 0.1, **ready}
        return self.line.apply(
            "instance", release=release, unit=unit(release), listen={"socket": socket(release)}, ready=asked
        )

    def switching(self, release: str, old: str = "", dead_man_s: float = 0.0, mode: str = "beside") -> dict[str, Any]:
        old_unit = unit(old) if old else ""
        link = {"socket": socket(release)}
        return {
            "release": release,
            "unit": unit(release),
            "link": link,
            "dead_man_s": dead_man_s,
            "mode": mode,
            "old_unit": old_unit,
        }

    def switch(self, release: str, old: str = "", dead_man_s: float = 0.0, mode: str = "beside") -> dict[str, Any]:
        return self.line.apply("switch", **self.switching(release, old, dead_man_s, mode))

    def keep(self, release: str, old: str = "") -> dict[str, Any]:
        listen = {"socket": socket(release)}
        words = {"release": release, "unit": unit(release), "listen": listen, "metrics": "/metrics"}
        return self.line.apply("keep", old_unit=unit(old) if old else "", stop_s=10, **words)

    def begin(self, rollout: str) -> None:
        """A new one, on the same line."""
        if self.held:
            self.line.ask("unlock")
        self.line.lock(rollout)
        self.held = True

    def rollout(self, release: str, old: str = "") -> None:
        """A whole one that goes well."""
        self.begin(f"to-{release}")
        self.stage(release)
        self.instance(release)
        self.switch(release, old)
        self.keep(release, old)
        self.line.ask("record", record={"what": "confirmed", "release": release})

    def serves(self) -> str:
        """What the live socket answers; empty where nobody does."""
        asked = f"curl -s --max-time 5 --unix-socket {PLACE}/shared/run/live.sock http://x/"
        return self.bed.sh(self.name, asked).stdout

    def state(self) -> dict[str, Any]:
        return json.loads(self.sh(f"cat {PLACE}/.claw/state.json"))

    def records(self, *what: str) -> list[dict[str, Any]]:
        """The journal as it lies there, whoever wrote it."""
        records = [json.loads(line) for line in self.sh(f"cat {PLACE}/.claw/journal.jsonl").splitlines()]
        return [record for record in records if not what or record["what"] in what]

    def active(self, release: str) -> bool:
        return self.bed.sh(self.name, f"systemctl is-active {unit(release)}").stdout.strip() == "active"

    def enabled(self, release: str) -> bool:
        return self.bed.sh(self.name, f"systemctl is-enabled {unit(release)}").stdout.strip() == "enabled"

    def kill_runner(self) -> None:
        """-9, on the host."""
        pid = json.loads(self.sh(f"cat {PLACE}/.claw/lease.json"))["pid"]
        self.sh(f"kill -9 {pid}")
        self.line.process.wait(WAIT_S)

    def clear(self) -> None:
        """As before the first rollout."""
        words = [
            "systemctl disable --now clawtui-deadman-bot.timer 'clawtui-bot@*' nginx",
            "systemctl stop 'clawtui-*' nginx",
            "rm -rf /etc/systemd/system/clawtui-* /etc/systemd/system/*.wants/clawtui-* /etc/nginx/conf.d/clawtui-*",
            f"rm -rf {PLACE}",
            "systemctl daemon-reload",
            "systemctl reset-failed",
        ]
        self.bed.sh(self.name, "; ".join(words))


def eventually(true: Callable[[], object], what: str = "", within_s: float = WAIT_S) -> None:
    """Wait until it is so."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, f"did not come true: {what}"
        time.sleep(0.1)
