"""Which files outside the service's folder are ours: those we wrote, with the digest that we wrote."""

import hashlib
from pathlib import Path
from typing import Dict, Optional

from clawtui_runner import disk
from clawtui_runner.params import Params
from clawtui_runner.place import Place


def known(place: Place) -> Dict[str, str]:
    """Path → sha256 of what we wrote last."""
    record = Params("files.json", disk.read(place.claw / "files.json") or {})
    return record.table("files").words()


def note(place: Place, path: Path, sha256: Optional[str]) -> None:
    """Ours from now on; None: no longer."""
    files = known(place)
    files.pop(str(path), None)
    if sha256 is not None:
        files[str(path)] = sha256
    disk.keep(place.claw / "files.json", {"version": 1, "files": files}, 0o600)


def digest(path: Path) -> str:
    """The sha256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            total.update(piece)
    return total.hexdigest()
