"""What no release that could be gone back to needs any more is taken away. A failure here is never a rollout's."""

import os
import shutil
import time
from pathlib import Path
from typing import List, Set

from clawtui_runner import deadman, disk, owned, state, systemd
from clawtui_runner.params import Params
from clawtui_runner.place import Place
from clawtui_runner.step import Check, Done, Step

DAY = 86_400
UNDO_DAYS = 30
PARTIAL_DAYS = 7


def check(step: Step) -> Check:
    """Names what would go."""
    gone = _releases(step)
    if not gone:
        return Check("same", "nothing is in excess")
    return Check("differs", f"{len(gone)} old releases go", tuple(f"- {path.name}" for path in gone))


def apply(step: Step) -> Done:
    """Releases first, with their units and secrets; then what only they named; then what is old."""
    place, gone = step.place, _releases(step)
    for release in gone:
        _unit(step, release.name)
        for path in (place.env(release.name), place.claw / "secrets" / f"{release.name}.json"):
            disk.remove(path)
        disk.remove(place.shared / "run" / f"{release.name}.sock")
        _remove(release)
    if gone and systemd.there():
        systemd.ctl("daemon-reload")
    text = _named(place)
    stale = [path for path in _inside(place.folder / "venvs") if path.name not in text and _older(path, 1)]
    stale += [path for path in _inside(place.folder / "store" / "blobs") if path.name not in text and _older(path, 1)]
    stale += [path for path in _inside(place.folder / "store" / "partial") if _older(path, PARTIAL_DAYS)]
    stale += [path for path in _inside(place.claw / "failed") if _older(path, step.params.number("failed_days", 7))]
    stale += [path for path in _inside(place.claw / "undo") if path.name != step.rollout and _older(path, UNDO_DAYS)]
    for path in stale:
        _remove(path)
    if gone:
        step.note("pruned", {"gone": [path.name for path in gone]})
    return Done(bool(gone or stale), f"{len(gone)} old releases and {len(stale)} other leftovers removed")


def undo(step: Step) -> Done:
    """What is gone is gone: nothing needed it."""
    return Done(False, "nothing comes back")


def _releases(step: Step) -> List[Path]:
    """All but the newest confirmed ones, and those that serve, are kept, or may be gone back to."""
    known = state.derived_of(step.place)
    armed = Params("armed", deadman.armed(step.place) or {})
    stay: Set[str] = {known.current, known.previous, *known.confirmed[: max(1, step.params.whole("keep", 3))]}
    stay |= {armed.text("release", ""), armed.text("old_release", "")}
    return [
        path
        for path in _inside(step.place.releases)
        if path.name not in stay and f"@{path.name}." not in known.live and path.name[0] != "."
    ]


def _unit(step: Step, release: str) -> None:
    """The unit of one release, where it is ours."""
    name = f"clawtui-{step.place.service}@{release}.service"
    path = systemd.UNITS / name
    if str(path) in owned.known(step.place):
        if systemd.there():
            systemd.ctl("disable", "--now", "--", name)
        disk.remove(path)
        owned.note(step.place, path, None)


def _named(place: Place) -> str:
    """All text in which what is still needed is named: manifests, our own files, environments that stay."""
    files = [release / "manifest.json" for release in _inside(place.releases)]
    files += [Path(path) for path in owned.known(place)]
    text = "\n".join(path.read_text(errors="replace") for path in files if path.is_file())
    marks = [venv / ".ok" for venv in _inside(place.folder / "venvs") if venv.name in text]
    return text + "".join(mark.read_text() for mark in marks if mark.is_file())


def _inside(folder: Path) -> List[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _older(path: Path, days: float) -> bool:
    return time.time() - path.lstat().st_mtime > days * DAY


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for folder, _, _ in os.walk(str(path)):
            os.chmod(folder, 0o755)
        shutil.rmtree(str(path), ignore_errors=True)
    else:
        disk.remove(path)
