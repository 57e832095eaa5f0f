"""The helper that works on a host, its verbs and their values: one shell text, run by the login, as root, or placed there."""

import shlex

from clawtui import shipped
from clawtui.fleet.agent.layout import NAME, UNIT, Layout, system_layout
from clawtui.fleet.become import Line, Rights, by_helper

VERBS = ("version", "look", "unpack", "switch", "restore", "prune", "last_words", "talk", "remove")
# all that an administrator allows; the helper knows no others


def verb(rights: Rights, layout: Layout, name: str, content: bytes = b"", **values: str | tuple[str, ...]) -> Line:
    """One verb with the rights of the installation; values go as lines before the content, never as arguments."""
    head = "".join(
        f"{key}={value}\n" for key, given in values.items() for value in ((given,) if isinstance(given, str) else given)
    )
    stdin = f"{head}\n".encode() + content if values else b""
    return by_helper(rights, helper(layout), name, stdin)


def helper(layout: Layout) -> str:
    """Its whole text for one place; for the system's own it is what an administrator may put on a host."""
    root = "1" if layout.root else "0"
    path = "/usr/sbin:/usr/bin:/sbin:/bin" if layout.root else '"$PATH:/usr/local/sbin:/usr/sbin:/sbin"'
    known = {"root": root, "code": layout.code, "state": layout.state, "runtime": layout.runtime}
    values = "\n".join(f"{name}={shlex.quote(value)}" for name, value in known.items())
    unit = shipped.read(f"templates/systemd/{UNIT}") if layout.root else ""
    texts = {
        "unit_text": unit,
        "compose_unit_text": shipped.read(f"templates/systemd/{NAME}-compose.service") if layout.root else "",
        "compose_text": shipped.read("templates/agent/compose.py") if layout.root else "",
    }
    text = "\n".join(f"{name}() {{ cat <<'UNIT'\n{text}UNIT\n}}" for name, text in texts.items())
    return f"#!/bin/sh\n{_introduction()}PATH={path}; export PATH\n{values}\n{text}\n{_body()}"


def placed() -> str:
    """What lies in /usr/local/sbin where an administrator allows nothing else."""
    return helper(system_layout())


def _introduction() -> str:
    """The comment at the top of the helper, for who reads it on a host."""
    text = shipped.read("templates/agent/helper.sh")
    return text[: text.index("set -eu\n")]


def _body() -> str:
    text = shipped.read("templates/agent/helper.sh")
    return text[text.index("set -eu\n") :]
