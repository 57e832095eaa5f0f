"""What a host is and has, gathered without changing anything. This is the table: one file a subject."""

import importlib
from typing import List, cast

from clawtui_runner.fault import Fault, Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place

FACTS: List[str] = ["machine", "python", "packages", "files", "store", "units", "commands", "certificate"]


def gathered(place: Place, asked: Params) -> Record:
    """All subjects; one that fails says so under its own name and leaves the others."""
    found: Record = {}
    for name in FACTS:
        try:
            found.update(cast("Record", importlib.import_module(f"{__name__}.{name}").gather(place, asked)))
        except (Fault, OSError) as error:
            found[f"{name}_error"] = str(error)
    return found
