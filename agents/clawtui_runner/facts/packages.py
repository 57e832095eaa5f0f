"""Which packages are installed, on families that have dpkg."""

import shutil
import time
from typing import Dict, List, Optional

from clawtui_runner import processes
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place


def gather(place: Place, asked: Params) -> Record:
    """Name → version, None where it is not installed; "apt" says whether we could install it."""
    names = [name.partition("=")[0] for name in asked.texts("packages")]
    return {"packages": installed(names, time.monotonic() + 30), "apt": shutil.which("apt-get") is not None}


def installed(names: List[str], until: float) -> Dict[str, Optional[str]]:
    """The versions of those that are wholly installed."""
    found: Dict[str, Optional[str]] = dict.fromkeys(names)
    if not names or shutil.which("dpkg-query") is None:
        return found
    argv = ["dpkg-query", "-W", "-f", "${Package}\\t${db:Status-Status}\\t${Version}\\n", "--", *names]
    for line in processes.run(argv, until).lines:
        name, _, rest = line.partition("\t")
        status, _, version = rest.partition("\t")
        if status == "installed" and name in found:
            found[name] = version
    return found
