"""Which packages are installed, on families that have dpkg."""

import shutil
import time

from clawtui_runner import dpkg
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place


def gather(place: Place, asked: Params) -> Record:
    """Name → version, None where it is not installed; "apt" says whether we could install it."""
    names = [name.partition("=")[0] for name in asked.texts("packages")]
    return {"packages": dpkg.installed(names, time.monotonic() + 30), "apt": shutil.which("apt-get") is not None}
