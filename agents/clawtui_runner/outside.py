"""Files outside the service's folder, for every kind of step that writes such: never over what is not ours, with a way back."""

import base64
import difflib
import hashlib
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional

from clawtui_runner import disk, nginx, owned, staged, systemd
from clawtui_runner.fault import Fault, Record
from clawtui_runner.params import Params
from clawtui_runner.step import Check, Done, Step

SHOWN = 80  # lines of a diff
VERIFY: Dict[str, Callable[[Step, Dict[str, str]], None]] = {"systemd": staged.systemd, "nginx": staged.nginx}


class File(NamedTuple):
    """One that is wanted."""

    path: Path
    text: str
    mode: int
    verify: str
    after: str

    @property
    def digest(self) -> str:
        """Of what is wanted."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def same(self) -> bool:
        """Is it there as wanted?"""
        return (
            self.path.is_file()
            and self.path.stat().st_mode & 0o7777 == self.mode
            and owned.digest(self.path) == self.digest
        )


def check(step: Step, files: List[File]) -> Check:
    """A file that is there and not ours is a conflict; one of ours that somebody changed is shown with the change."""
    ours = owned.known(step.place)
    wanted = [file for file in files if not file.same]
    if not wanted:
        return Check("same", "all as they should be")
    diff = [line for file in wanted for line in _diff(file)]
    foreign = [str(file.path) for file in wanted if _foreign(step, file, ours)]
    if foreign:
        return Check("conflict", f"{', '.join(foreign)}: there, and not ours; adopt takes it over", tuple(diff))
    drifted = [
        str(file.path) for file in wanted if str(file.path) in ours and _found(file) not in ("", ours[str(file.path)])
    ]
    words = f"; changed by hand: {', '.join(drifted)}" if drifted else ""
    return Check("differs", ", ".join(str(file.path) for file in wanted) + words, tuple(diff))


def apply(step: Step, files: List[File]) -> Done:
    """All are tried together, then each is written and what reads them is told."""
    ours = owned.known(step.place)
    wanted = [file for file in files if not file.same]
    for file in wanted:
        if _foreign(step, file, ours):
            raise Fault("conflict", f"{file.path} is there and not ours; clawtui deploy adopt takes it over")
    for how in sorted({file.verify for file in wanted if file.verify}):
        VERIFY[how](step, {str(file.path): file.text for file in wanted if file.verify == how})
    for file in wanted:
        step.remember(str(file.path), _before(file, ours))
        disk.folder(file.path.parent)
        disk.write(file.path, file.text.encode(), file.mode)
        owned.note(step.place, file.path, file.digest)
    _after(step, wanted)
    return Done(bool(wanted), ", ".join(str(file.path) for file in wanted) or "all as they should be")


def undo(step: Step, files: List[File]) -> Done:
    """What was there before, as it was."""
    before = Params(step.id, step.remembered())
    changed = [file for file in files if str(file.path) in before.values]
    for file in reversed(changed):
        image = before.table(str(file.path))
        if image.flag("there"):
            disk.write(file.path, base64.b64decode(image.text("bytes")), image.whole("mode"))
        else:
            disk.remove(file.path)
        owned.note(step.place, file.path, image.text("ours", "") or None)
    _after(step, changed)
    return Done(bool(changed), ", ".join(f"{file.path} as before" for file in changed) or "nothing to take back")


def remove(step: Step, names: List[str]) -> None:
    """Files of ours that are no longer wanted; `undo` brings them back."""
    ours = owned.known(step.place)
    for name in names:
        step.remember(name, _before(File(Path(name), "", 0, "", ""), ours))
        disk.remove(Path(name))
        owned.note(step.place, Path(name), None)


def listed(step: Step) -> List[File]:
    found: List[File] = []
    for item in step.params.tables("files"):
        path, verify, after = Path(item.text("path")), item.text("verify", ""), item.text("after", "")
        if not path.is_absolute() or ".." in path.parts:
            raise item.wrong("path", "an absolute path")
        if verify not in ("", *VERIFY) or after not in ("", *AFTER):
            raise item.wrong("verify", f"one of {', '.join(VERIFY)}, and after one of {', '.join(AFTER)}")
        found.append(File(path, item.text("text"), int(item.text("mode", "0644"), 8), verify, after))
    return found


def _foreign(step: Step, file: File, ours: Dict[str, str]) -> bool:
    there = file.path.exists() or file.path.is_symlink()
    return there and str(file.path) not in ours and not step.params.flag("adopt") and _found(file) != file.digest


def _found(file: File) -> str:
    return owned.digest(file.path) if file.path.is_file() else ""


def _diff(file: File) -> List[str]:
    old = file.path.read_text(errors="replace").splitlines() if file.path.is_file() else []
    name = str(file.path)
    lines = list(difflib.unified_diff(old, file.text.splitlines(), name if old else "/dev/null", name, lineterm=""))
    return lines[:SHOWN] + ([f"… {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else [])


def _before(file: File, ours: Dict[str, str]) -> Record:
    mine: Optional[str] = ours.get(str(file.path))
    if not file.path.is_file():
        return {"there": False, "ours": mine}
    stat = file.path.stat()
    text = base64.b64encode(file.path.read_bytes()).decode()
    return {"there": True, "bytes": text, "mode": stat.st_mode & 0o7777, "ours": mine}


def _after(step: Step, files: List[File]) -> None:
    for name in sorted({file.after for file in files if file.after}):
        AFTER[name](step)


def _reload_systemd(step: Step) -> None:
    if systemd.there():
        step.run("systemctl", "daemon-reload")


AFTER: Dict[str, Callable[[Step], None]] = {"daemon-reload": _reload_systemd, "nginx-reload": nginx.reload}
