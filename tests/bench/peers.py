"""Peers from the package index, in a virtual environment of their own outside the checkout."""

import subprocess
import sys
import venv
from pathlib import Path

from tests.fleet.base import cache

PACKAGES = (
    "ansible-core>=2.19,<2.20",
    "pyinfra>=3.5,<4",
    "glances[web]>=4.3,<5",
    "parallel-ssh>=2.16,<3",
    "ClusterShell>=1.9,<2",
    "fabric>=3.2,<4",
)


def peers() -> Path:
    """The folder with their programs; made on the first call (about a minute), with pip and the machine's own index."""
    folder = cache() / "peers"
    ready = folder / ".ready"
    if not ready.exists() or ready.read_text() != "\n".join(PACKAGES):
        print("installing the peers …", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        ready.write_text("\n".join(PACKAGES))
    return folder / "bin"
