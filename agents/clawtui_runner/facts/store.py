"""What earlier rollouts left here: blobs, environments, releases, state, the lease, an armed dead-man, the journal's end."""

from pathlib import Path
from typing import List, Optional

from clawtui_runner import deadman, lock, state
from clawtui_runner.fault import Record
from clawtui_runner.journal import Journal
from clawtui_runner.params import Params
from clawtui_runner.place import Place

TAIL = 50


def gather(place: Place, asked: Params) -> Record:
    """Its facts; nothing of it is made by asking."""
    blobs = {name: _size(place.blob(name)) for name in asked.texts("blobs")}
    partial = {name: _size(place.partial(name)) for name in asked.texts("blobs")}
    journal = Journal(place.claw / "journal.jsonl")
    return {
        "blobs": blobs,
        "partial": {name: size for name, size in partial.items() if size is not None},
        "venvs": [name for name in _names(place.folder / "venvs") if (place.folder / "venvs" / name / ".ok").exists()],
        "releases": _names(place.releases),
        "state": state.read(place),
        "lease": lock.lease(place) or None,
        "armed": deadman.armed(place),
        "journal_tail": journal.records()[-TAIL:],
    }


def _size(path: Path) -> Optional[int]:
    return path.stat().st_size if path.exists() else None


def _names(folder: Path) -> List[str]:
    return (
        sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
        if folder.is_dir()
        else []
    )
