"""The shell that runs on a host: files of config/templates/agent with their variables in front; no secret is ever in them."""

import shlex

from clawtui import shipped
from clawtui.fleet.agent.bundle import Bundle
from clawtui.fleet.agent.layout import NAME, Layout
from clawtui.fleet.agent.probe import Probe


def unpack(probe: Probe, bundle: Bundle) -> str:
    """Archive on standard input → a folder that is whole or not there."""
    size = str(len(bundle.archive))
    values = {"folder": bundle.folder, "sha256": bundle.sha256, "size": size, "python": probe.python}
    return _script(probe.layout, probe.uid, ("head", "unpack"), values)


def switch(probe: Probe, bundle: Bundle) -> str:
    """Account or folders, configuration, `current`, start."""
    root = probe.layout.root
    start = ("start-systemd",) if probe.systemd else ("stop-plain", "start-plain")
    parts = ("head", "account" if root else "home", "switch", *start)
    values = {"folder": bundle.folder, "login": probe.user, "owner": NAME if root else ""}
    return _script(probe.layout, probe.uid, parts, values)


def restore(probe: Probe) -> str:
    """The version before, with its configuration and unit."""
    values = {
        "old": probe.current,
        "systemd": "1" if probe.systemd else "0",
        "owner": NAME if probe.layout.root else "",
    }
    start = () if probe.systemd else ("stop-plain", "start-plain")
    return _script(probe.layout, probe.uid, ("head", "restore", *start), values)


def prune(probe: Probe, keep: tuple[str, ...]) -> str:
    """Remove versions but these."""
    return _script(probe.layout, probe.uid, ("head", "prune"), {"keep": " ".join(keep)})


def remove(layout: Layout, uid: int) -> str:
    """Everything, rings too; says what there was to remove."""
    above = "/opt/clawtui" if layout.root else f"{_above(layout.code)} {_above(layout.state)}"
    values = {"root": "1" if layout.root else "0", "above": above}
    return _script(layout, uid, ("head", "remove", "stop-plain", "remove-files"), values)


def last_words(probe: Probe) -> str:
    """Why it did not start, in its own words."""
    return _script(probe.layout, probe.uid, ("head", "last-words"), {"systemd": "1" if probe.systemd else "0"})


def as_owner(layout: Layout, uid: int, command: str) -> str:
    """A command line run with the rights that the installation has."""
    return command if uid == 0 or not layout.root else f"sudo -n {command}"


def _script(layout: Layout, uid: int, parts: tuple[str, ...], values: dict[str, str]) -> str:
    """`sh -c '…'` with the rights of the installation."""
    known = {"code": layout.code, "state": layout.state, "runtime": layout.runtime, "name": NAME, **values}
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in known.items())
    text += "".join(shipped.read(f"templates/agent/{part}.sh") for part in parts)
    return as_owner(layout, uid, f"sh -c {shlex.quote(text)}")


def _above(path: str) -> str:
    """The folder that holds it."""
    return path.rpartition("/")[0]
