"""Files tried before they take effect: beside copies of all that they will stand among, under their real names."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Dict

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
        for name, where in TWICE.findall(result.text):
            if any(name in text.split() or f"{name};" in text.split() for text in files.values()):
                raise Fault("conflict", f"another site of this nginx answers for {name} on {where}; take it away there")


def _real(words: str, folder: str, place: Path) -> str:
    return words.replace(folder, str(place))
