"""What is uploaded: one archive with the agent, psutil, its launcher, its configuration and its unit."""

import gzip
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import shlex
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui import shipped
from clawtui.errors import AgentError
from clawtui.fleet.agent.layout import NAME, Layout
from clawtui.fleet.agent.probe import Probe
from clawtui.fleet.agent.psutil_files import Psutil, psutil_for
from clawtui.fleet.host import Host, Service
from clawtui.places import Places

MOST = 1_000_000  # bytes of one upload
RINGS_MAX_BYTES = 134_217_728
EXECUTABLE = (NAME, "stage/supervise")
LYING = {
    "config": "stage/config.json",
    "launcher": NAME,
    "supervise": "stage/supervise",
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """One version of the agent for one host."""

    folder: str
    # name below /opt/clawtui/agent
    digest: str
    # of the agent's sources, as it reports it in hello
    archive: bytes
    sha256: str
    digests: Mapping[str, str]
    # sha256 of "config", "launcher", "supervise"
    source: str
    # where psutil came from

    def same_as(self, probe: Probe) -> bool:
        """Would installing change nothing?"""
        same = probe.current == self.folder and all(probe.digests.get(n) == d for n, d in self.digests.items())
        return same and probe.active and (probe.unit or not probe.systemd)


def make(host: Host, probe: Probe, places: Places, *, rings_max_bytes: int = RINGS_MAX_BYTES) -> Bundle:
    """Put it together; raises AgentError where a part cannot be got."""
    sources = agent_sources()
    if not sources:
        raise AgentError(host.name, "this installation of clawtui carries no agent; install clawtui from its wheel")
    psutil = psutil_for(host.name, probe.ground.machine, probe.ground.libc, places)
    config = config_json(host, probe.layout, rings_max_bytes)
    files = _files(sources, psutil, probe, config)
    archive = pack(files)
    if len(archive) > MOST:
        raise AgentError(
            host.name, f"the upload has grown to {len(archive)} bytes, at most {MOST} are meant to be sent"
        )
    mark = digest(sources)
    return Bundle(
        folder=f"{mark}-psutil{psutil.version}",
        digest=mark,
        archive=archive,
        sha256=hashlib.sha256(archive).hexdigest(),
        digests={name: hashlib.sha256(files[path]).hexdigest() for name, path in LYING.items() if path in files},
        source=psutil.source,
    )


def agent_sources() -> dict[str, bytes]:
    """The agent's package by relative path, found without importing it."""
    spec = importlib.util.find_spec("clawtui_agent")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    root = Path(folders[0]) if folders else None
    return {} if root is None else {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*.py"))}


def digest(sources: dict[str, bytes]) -> str:
    """Sixteen hex digits that name these sources; the agent computes the same of itself."""
    whole = hashlib.sha256()
    for path in sorted(sources, key=str.encode):
        whole.update(path.encode() + b"\0" + str(len(sources[path])).encode() + b"\0" + sources[path])
    return whole.hexdigest()[:16]


def current_folder() -> str:
    """Folder name of the version that this installation would put on a host."""
    return f"{digest(agent_sources())}-psutil{importlib.metadata.version('psutil')}"


def config_json(host: Host, layout: Layout, rings_max_bytes: int) -> bytes:
    """config.json of one host."""
    document = {
        "version": 1,
        "socket": layout.socket,
        "state": layout.state,
        "group": layout.group,
        "scope": {"kind": "machine"},
        "rings": {"max_bytes": rings_max_bytes},
        "services": [_service(service) for service in host.services],
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def _service(service: Service) -> dict[str, object]:
    """As the agent reads it; what an older agent does not know is left out where it is not used."""
    plain: dict[str, object] = {key: getattr(service, key) for key in ("name", "unit", "cgroup", "pid_file", "metrics")}
    if service.compose:
        plain["compose"] = service.compose
    if probe := service.probe:
        asked = {"url": probe.url, "method": probe.method, "body": probe.body, "expect": list(probe.expect)}
        where: dict[str, object] = dict(asked) if probe.url else {"tcp": probe.tcp}
        plain["probe"] = {**where, "every": probe.every_s, "timeout": probe.timeout_s}
    return plain


def _files(sources: dict[str, bytes], psutil: Psutil, probe: Probe, config: bytes) -> dict[str, bytes]:
    """All files of the archive by path."""
    files = {f"clawtui_agent/{path}": content for path, content in sources.items()}
    files |= {f"psutil/{path}": content for path, content in psutil.files.items()}
    files[NAME] = _filled("agent/launcher.sh", probe)
    files["stage/supervise"] = _filled("agent/supervise.sh", probe)
    if not probe.rights.root:  # root's unit is part of the helper: nobody who can upload may write it
        files[f"stage/{NAME}.service"] = _filled(f"systemd/{NAME}-user.service", probe, quoted=False)
    files["stage/config.json"] = config
    return files


def _filled(template: str, probe: Probe, *, quoted: bool = True) -> bytes:
    """A template with this host's paths."""
    text = shipped.read(f"templates/{template}")
    values = {"PYTHON": probe.python, "CODE": probe.layout.code, "STATE": probe.layout.state}
    for name, value in values.items():
        text = text.replace(f"@{name}@", shlex.quote(value) if quoted else value)
    return text.encode()


def pack(files: dict[str, bytes]) -> bytes:
    """A tar.gz that is the same for the same files: no times, no owners."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size = len(files[path])
            entry.mode = 0o755 if path in EXECUTABLE else 0o644
            tar.addfile(entry, io.BytesIO(files[path]))
    return gzip.compress(plain.getvalue(), 9, mtime=0)
