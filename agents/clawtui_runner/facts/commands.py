"""Which programs the host has."""

import shutil

from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place
from clawtui_runner.processes import ENVIRONMENT


def gather(place: Place, asked: Params) -> Record:
    """Name → path, None where it is not there."""
    return {"commands": {name: shutil.which(name, path=ENVIRONMENT["PATH"]) for name in asked.texts("commands")}}
