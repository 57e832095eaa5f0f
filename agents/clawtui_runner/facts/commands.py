"""Which programs the host has."""

import shutil

from clawtui_runner import docker
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place
from clawtui_runner.processes import ENVIRONMENT


def gather(place: Place, asked: Params) -> Record:
    """Name → path, None where it is not there; "docker compose" is what docker itself may know."""
    found: Record = {name: shutil.which(name, path=ENVIRONMENT["PATH"]) for name in asked.texts("commands")}
    if "docker compose" in found:
        found["docker compose"] = shutil.which("docker", path=ENVIRONMENT["PATH"]) if docker.plugin() else None
    return {"commands": found}
