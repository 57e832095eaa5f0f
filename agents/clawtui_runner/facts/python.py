"""The host's interpreter that a service will use, asked by running it: what decides which wheels fit."""

import json
import shutil
import time

from clawtui_runner import processes
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place

LOOK = """
import importlib.util, json, platform, sys, sysconfig
print(json.dumps({
    "version": platform.python_version(), "executable": sys.executable, "implementation": sys.implementation.name,
    "abi": "cp%d%d" % sys.version_info[:2] if sys.implementation.name == "cpython" else sysconfig.get_config_var("SOABI"),
    "soabi": sysconfig.get_config_var("SOABI"), "platform": sysconfig.get_platform(), "machine": platform.machine(),
    "libc": list(platform.libc_ver()), "bits": 64 if sys.maxsize > 2 ** 32 else 32,
    "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))
"""


def gather(place: Place, asked: Params) -> Record:
    """Under "python", None where there is no such program."""
    name = asked.text("python", "python3")
    if shutil.which(name) is None:
        return {"python": None}
    result = processes.run((name, "-I", "-c", LOOK), time.monotonic() + 30)
    if result.status:
        return {"python": {"executable": name, "error": result.tail(2)}}
    return {"python": json.loads(result.lines[-1])}
