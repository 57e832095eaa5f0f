"""Files tried before they take effect: beside copies of all that they will stand among, under their real names."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Dict, Iterable

from clawtui_runner import owned
from clawtui_runner import systemd as real
from clawtui_runner.fault import Fault
from clawtui_runner.step import Step

NGINX = Path("/etc/nginx")
TWICE = re.compile(r'conflicting server name "([^"]+)" on (\S+), ignored')
RECURSIVE = 250  # systemd that can be told not to judge other units


def systemd(step: Step, files: Dict[str, str]) -> None:
    """`systemd-analyze verify` over units in a folder that comes before all others."""
    if not real.there():
        return
    with tempfile.TemporaryDirectory(prefix="clawtui-units-", dir="/run") as folder:
        paths = [Path(folder) / Path(name).name for name in files]
        for path, text in zip(paths, files.values()):
            path.write_text(text)
        words = ["--recursive-errors=no"] if (real.version() or 0) >= RECURSIVE else []
        argv = ["systemd-analyze", "verify", *words, *[str(path) for path in paths]]
        result = step.run(*argv, env={"SYSTEMD_UNIT_PATH": f"{folder}:"}, ok=range(256))
        if result.status:
            raise Fault(
                "failed", f"systemd would not take {', '.join(files)}: {_real(result.tail(), folder, real.UNITS)}"
            )


def nginx(step: Step, files: Dict[str, str]) -> None:
    """`nginx -t` over a copy of its whole configuration with the new files in it; another's site that has the same name wins
    or loses by the alphabet, so that is a conflict."""
    if shutil.which("nginx") is None:
        raise Fault("failed", "nginx is not installed on this host; name it among the packages")
    with tempfile.TemporaryDirectory(prefix="clawtui-nginx-", dir="/run") as folder:
        copy = Path(folder) / "nginx"
        shutil.copytree(str(NGINX), str(copy), ignore_dangling_symlinks=True)
        for name, text in files.items():
            if NGINX not in Path(name).parents:
                raise Fault("refused", f"{name}: nginx reads its configuration from {NGINX}; place it there")
            path = copy / Path(name).relative_to(NGINX)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for path in copy.rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes().replace(f"{NGINX}/".encode(), f"{copy}/".encode()))
        result = step.ask("nginx", "-t", "-c", str(copy / "nginx.conf"))
        if result.status:
            raise Fault("failed", f"nginx would not take {', '.join(files)}: {_real(result.tail(), str(copy), NGINX)}")
        ours = [path for path in owned.known(step.place) if path not in files and Path(path).is_file()]
        for name, where in TWICE.findall(result.text):
            if _names(name, files.values()) and not _names(name, (Path(path).read_text() for path in ours)):
                raise Fault("conflict", f"another site of this nginx answers for {name} on {where}; take it away there")


def _names(name: str, texts: Iterable[str]) -> bool:
    """Does one of these sites answer for it?"""
    return any({name, f"{name};"} & set(text.split()) for text in texts)


def _real(words: str, folder: str, place: Path) -> str:
    return words.replace(folder, str(place))
