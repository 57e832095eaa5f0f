"""The system user that a service runs as, without a shell or a home of its own."""

import pwd
import re

from clawtui_runner.place import checked
from clawtui_runner.step import Check, Done, Step

NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def check(step: Step) -> Check:
    """Any user of that name will do: who is there already may own files."""
    name = _name(step)
    if _there(name):
        return Check("same", f"user {name} is there")
    return Check("differs", f"user {name} will be made", (f"+ user {name}",))


def apply(step: Step) -> Done:
    """Made, with a group of the same name."""
    name = _name(step)
    if _there(name):
        return Done(False, f"user {name} is there")
    home = str(step.place.shared / "data")
    step.run(
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        home,
        "--shell",
        "/usr/sbin/nologin",
        name,
    )
    return Done(True, f"user {name} made")


def undo(step: Step) -> Done:
    """It stays: files may belong to it."""
    return Done(False, f"user {_name(step)} stays")


def _name(step: Step) -> str:
    return checked("user", step.params.text("name"), NAME)


def _there(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
