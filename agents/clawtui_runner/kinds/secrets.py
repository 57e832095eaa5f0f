"""What a service must know and nobody else: a file for systemd, root's alone, one a release."""

import re
from pathlib import Path

from clawtui_runner import disk, envfile
from clawtui_runner.fault import Fault, Record
from clawtui_runner.place import checked
from clawtui_runner.step import Check, Done, Step

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check(step: Step) -> Check:
    """By the keyed digest that was written down beside; the values need not be known for that."""
    names = ", ".join(step.params.texts("names"))
    if _same(step):
        return Check("same", f"{names}: as they are")
    return Check("differs", f"{names} will be written", tuple(f"+ {name}" for name in step.params.texts("names")))


def apply(step: Step) -> Done:
    """Written wholly or not at all."""
    names = step.params.texts("names")
    if _same(step):
        return Done(False, f"{', '.join(names)}: as they are")
    missing = [name for name in names if name not in step.secret]
    if missing:
        raise Fault("refused", f"{', '.join(missing)}: no value was handed over")
    path = _path(step)
    step.remember("there", {"there": path.exists()})
    text = envfile.text({checked("secret", name, NAME): step.secret[name] for name in names})
    disk.folder(path.parent, 0o700)
    disk.write(path, text.encode(), 0o600)
    disk.keep(_beside(step), _stamp(step, path), 0o600)
    return Done(True, f"{', '.join(names)} written")


def undo(step: Step) -> Done:
    """Gone again where they were not there before."""
    path = _path(step)
    if "there" not in step.remembered() or step.recalled("there").flag("there") or not path.exists():
        return Done(False, "nothing to take back")
    disk.remove(path)
    disk.remove(_beside(step))
    return Done(True, f"{path.name} removed")


def _path(step: Step) -> Path:
    return step.place.env(step.params.text("release"))


def _beside(step: Step) -> Path:
    return step.place.claw / "secrets" / f"{_path(step).stem}.json"


def _stamp(step: Step, path: Path) -> Record:
    stat = path.stat()
    return {"version": 1, "digest": step.params.text("digest"), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _same(step: Step) -> bool:
    path = _path(step)
    return path.exists() and disk.read(_beside(step)) == _stamp(step, path)
