"""Our own wheel, made of the installation that runs: a checkout and an installed wheel give the same."""

import base64
import hashlib
import importlib.metadata
import importlib.util
import zipfile
from pathlib import Path

from clawtui import __version__, shipped
from clawtui.errors import ClawtuiError

PACKAGES = ("clawtui", "clawtui_screens", "clawtui_agent")
NAME = f"clawtui-{__version__}-py3-none-any.whl"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip knows: the same files make the same wheel


def own_wheel(folder: Path) -> Path:
    """Write it into a folder; ClawtuiError where a part of this installation is missing."""
    files = _files()
    info = f"clawtui-{__version__}.dist-info"
    for name in ("METADATA", "WHEEL", "entry_points.txt"):
        text = importlib.metadata.distribution("clawtui").read_text(name)
        if text is None:
            raise ClawtuiError(f"this installation of clawtui has no {name}; install it again from its wheel")
        files[f"{info}/{name}"] = text.encode()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD").encode()
    path = folder / NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            wheel.writestr(entry, files[name])
    return path


def _files() -> dict[str, bytes]:
    """Every file of the packages, and config/ where the wheel has it."""
    found: dict[str, bytes] = {}
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        if not folders:
            raise ClawtuiError(f"this installation of clawtui has no {package}; install it again from its wheel")
        found |= _below(Path(folders[0]), package)
    return found | _below(shipped.path("settings.toml").parent, "clawtui/config")


def _below(folder: Path, name: str) -> dict[str, bytes]:
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def _record(files: dict[str, bytes], own: str) -> str:
    """PEP 376: name, sha256 in url-safe base64 without padding, size."""

    def line(name: str, content: bytes) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(content)}"

    return "\n".join([*(line(name, files[name]) for name in sorted(files)), f"{own},,"]) + "\n"
