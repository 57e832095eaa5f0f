"""Files that a plan would write: what is there now, and whether we wrote it."""

from pathlib import Path
from typing import Dict, Optional

from clawtui_runner import owned
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place


def gather(place: Place, asked: Params) -> Record:
    """Path → digest, mode, owner, ours; None where there is nothing."""
    ours = owned.known(place)
    return {"files": {path: _seen(Path(path), ours) for path in asked.texts("paths")}}


def _seen(path: Path, ours: Dict[str, str]) -> Optional[Record]:
    if not path.exists():
        return None
    stat = path.stat()
    digest = owned.digest(path) if path.is_file() else ""
    mode = oct(stat.st_mode & 0o7777)[2:].zfill(4)
    mine = str(path) in ours
    return {
        "sha256": digest,
        "mode": mode,
        "uid": stat.st_uid,
        "ours": mine,
        "drifted": mine and ours[str(path)] != digest,
    }
