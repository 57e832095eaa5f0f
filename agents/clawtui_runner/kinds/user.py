"""The system user that a service runs as, without a shell, and the folders that are its own."""

import os
import pwd
import re
from pathlib import Path
from typing import Dict, List

from clawtui_runner import access, disk
from clawtui_runner.place import checked
from clawtui_runner.step import Check, Done, Step

NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
# what lies in shared/ and belongs to the user; nginx has to get through run/
OWN: Dict[str, int] = {"data": 0o750, "tmp": 0o750, "log": 0o750, "run": 0o755}


def check(step: Step) -> Check:
    """Any user of that name will do: who is there already may own files."""
    name = _name(step)
    if not _there(name):
        return Check("differs", f"user {name} will be made", (f"+ user {name}",))
    missing = _missing(step, name)
    if missing:
        return Check("differs", f"folders of {name} will be made", tuple(f"+ {path}" for path in missing))
    if not access.granted(_run(step)):
        return Check("differs", f"the agent may ask what listens in {_run(step)}")
    return Check("same", f"user {name} is there")


def apply(step: Step) -> Done:
    """Made, with a group of the same name."""
    name = _name(step)
    made = not _there(name)
    if made:
        home, shell = str(step.place.shared / "data"), "/usr/sbin/nologin"
        words = ("--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", shell)
        step.run("useradd", *words, name)
    missing = _missing(step, name)
    user = pwd.getpwnam(name)
    for path in missing:
        disk.folder(path, OWN[path.name])
        os.chown(str(path), user.pw_uid, user.pw_gid)
    watched = access.granted(_run(step))
    access.grant(_run(step))
    return Done(made or bool(missing) or not watched, f"user {name} {'made' if made else 'is there'}")


def undo(step: Step) -> Done:
    """It stays: files may belong to it."""
    return Done(False, f"user {_name(step)} stays")


def _name(step: Step) -> str:
    return checked("user", step.params.text("name"), NAME)


def _run(step: Step) -> Path:
    return step.place.shared / "run"


def _missing(step: Step, name: str) -> List[Path]:
    uid = pwd.getpwnam(name).pw_uid
    paths = [step.place.shared / folder for folder in OWN]
    return [path for path in paths if not path.is_dir() or path.stat().st_uid != uid]


def _there(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
