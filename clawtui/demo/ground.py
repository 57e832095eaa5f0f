"""Where a demo lives: one temporary folder, the ports of its hosts, and what is written down before they start."""

import contextlib
import json
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.demo.machines import BUDGET, MACHINES, SERVICE, Machine
from clawtui.errors import ClawtuiError
from clawtui.fleet.host import Fleet, Host, Kind, Origin, Policy, Service
from clawtui.places import Places

LONGEST_SOCKET = 107
# bytes that fit into a unix socket's address
RINGS = {"max_bytes": 16_777_216, "second_slots": 7200, "minute_slots": 1440}
# two hours are more than a visit


@dataclass(frozen=True, slots=True)
class Ground:
    """The folder and the ports; nothing runs yet."""

    root: Path
    user: str
    ssh: Mapping[str, socket.socket]
    model: Mapping[str, socket.socket]
    # bound and never listening: the kernel gives these ports to nobody else while a host is down

    @classmethod
    def take(cls, environ: Mapping[str, str]) -> "Ground":
        """Make the folder and reserve the ports; raises ClawtuiError saying where it failed and what to do."""
        base = environ.get("TMPDIR") or "/tmp"  # noqa: S108  the folder below is new, random and 0700
        try:
            root = Path(tempfile.mkdtemp(prefix="clawtui-demo-", dir=base)).resolve()
        except OSError as error:
            raise ClawtuiError(
                f"the demo cannot make its folder in {base}: {error.strerror}; set TMPDIR to a folder that you can write to"
            ) from error
        longest = root / max(m.name for m in MACHINES) / "run/clawtui-agent/agent.sock"
        if len(os.fsencode(longest)) > LONGEST_SOCKET:
            shutil.rmtree(root)
            raise ClawtuiError(
                f"{base} is too long a path for the demo's sockets; set TMPDIR to a shorter one, like /tmp"
            )
        ports = [{m.name: _reserve() for m in MACHINES} for _ in range(2)]
        return cls(root, _user(environ), ports[0], ports[1])

    def release(self) -> None:
        """Give the ports back."""
        for reserved in (*self.ssh.values(), *self.model.values()):
            reserved.close()

    @property
    def places(self) -> Places:
        """The demo's own; the files of whoever looks at it are not touched."""
        home = self.root / "operator"
        return Places(
            home=home,
            config=home / "config/clawtui",
            state=home / "state/clawtui",
            runtime=home / "run/clawtui",
            cache=home / "cache/clawtui",
            system=home / "etc/clawtui",
        )

    @property
    def key(self) -> Path:
        """The private key that every host of this demo lets in, and nothing else does."""
        return self.root / "operator/key"

    @property
    def fleet(self) -> Fleet:
        """The context that screens and verbs see."""
        policy = Policy(kind=Kind.DEV, read_only=False, confirm=False)
        origin = Origin("clawtui demo: local hosts, nothing here is real work")
        return Fleet("demo", policy, tuple(self._host(machine) for machine in MACHINES), origin)

    def port(self, name: str) -> int:
        """Where a host's SSH server listens."""
        return int(self.ssh[name].getsockname()[1])

    def model_port(self, name: str) -> int:
        """Where a host's model server listens."""
        return int(self.model[name].getsockname()[1])

    def service(self, name: str) -> Service:
        """The model server of a host, as its agent is told about it."""
        return Service(
            SERVICE,
            hosts=name,
            pid_file=str(self.root / name / "bot.pid"),
            metrics=f"http://127.0.0.1:{self.model_port(name)}/metrics",
        )

    def _host(self, machine: Machine) -> Host:
        return Host(
            name=machine.name,
            address="127.0.0.1",
            port=self.port(machine.name),
            user=self.user,
            groups=machine.groups,
            site=machine.site,
            region=machine.region,
            labels=dict(machine.labels),
            jump=machine.jump,
            identities=(str(self.key),),
            known_hosts=(str(self.places.known_hosts),),
            ssh_options={"identitiesonly": "yes"},
            services=(self.service(machine.name),),
            origin=Origin("clawtui demo"),
        )

    def furnish(self) -> None:
        """Write what the hosts start from; keys and known_hosts come from `keys.py`."""
        places = self.places
        for folder in (places.config, places.state, places.runtime, places.cache, places.contexts):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (places.config / "settings.toml").write_text(
            "version = 1\n\n[ssh]\nretry_most_s = 4.0  # a demo's visitor does not wait a minute for a host to return\n"
        )
        for machine in MACHINES:
            self._furnish(machine)

    def spec(self, name: str) -> Path:
        """The file that a host is started from."""
        return self.root / name / "spec.json"

    def _furnish(self, machine: Machine) -> None:
        folder = self.root / machine.name
        state = folder / "home/.local/state/clawtui-agent" / _machine_id()
        for made in (state, folder / "run/clawtui-agent"):
            made.mkdir(parents=True, mode=0o700)
        service = self.service(machine.name)
        config = {
            "version": 1,
            "socket": str(folder / "run/clawtui-agent/agent.sock"),
            "state": str(state),
            "group": "",
            "scope": {"kind": "process tree", "pid": 0, "cores": 1, "memory": BUDGET},
            "rings": RINGS,
            "services": [
                {
                    "name": service.name,
                    "unit": "",
                    "cgroup": "",
                    "pid_file": service.pid_file,
                    "metrics": service.metrics,
                }
            ],
        }
        (state / "config.json").write_text(json.dumps(config))
        spec = {
            "name": machine.name,
            "demo": str(self.root),
            "folder": str(folder),
            "ssh_port": str(self.port(machine.name)),
            "model_port": str(self.model_port(machine.name)),
            "think_s": str(machine.think_s),
            "budget": str(BUDGET),
            "authorized_keys": str(self.key.with_suffix(".pub")),
            "agent_config": str(state / "config.json"),
        }
        self.spec(machine.name).write_text(json.dumps(spec))


def _reserve() -> socket.socket:
    """A loopback port chosen by the kernel."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


def _user(environ: Mapping[str, str]) -> str:
    """Whom the commands run as: there is only the one who started the demo."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return environ.get("LOGNAME") or environ.get("USER") or f"uid{os.getuid()}"


def _machine_id() -> str:
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            if text := path.read_text("ascii").strip():
                return text
        except (OSError, ValueError):
            continue
    return socket.gethostname()
