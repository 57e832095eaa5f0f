"""What timers do on a host: delete what is old, renew a certificate. Texts of systemd units; pure."""

import math
from collections.abc import Sequence

from clawtui import shipped
from clawtui.deploy.placeholders import filled
from clawtui.deploy.spec import CleanUp, Spec
from clawtui.deploy.unit_words import line, word

UNITS = "/etc/systemd/system"


def clean_up(spec: Spec) -> dict[str, str]:
    """Path → text of the service and its timer; nothing where nothing is cleaned."""
    if not spec.clean_up:
        return {}
    named = {
        "service": spec.name,
        "paths": "\n".join(dict.fromkeys(f"ReadWritePaths={word('-' + folder(spec, one))}" for one in spec.clean_up)),
        "commands": "\n".join(f"ExecStart=-{line(_find(spec, one))}" for one in spec.clean_up),
    }
    return _pair(spec, "cleanup", named)


def renewal(spec: Spec) -> dict[str, str]:
    """The same for a certificate that an authority gave."""
    return _pair(spec, "renew", {"service": spec.name, "folder": f"{spec.place}/tls"})


def folder(spec: Spec, one: CleanUp) -> str:
    """Where files are deleted."""
    return one.path if one.path.startswith("/") else f"{spec.place}/shared/{one.path}"


def _pair(spec: Spec, what: str, named: dict[str, str]) -> dict[str, str]:
    """A service and the timer that starts it."""
    return {
        f"{UNITS}/clawtui-{spec.name}-{what}.{kind}": filled(
            shipped.read(f"templates/systemd/clawtui-{what}.{kind}"), named
        )
        for kind in ("service", "timer")
    }


def _find(spec: Spec, one: CleanUp) -> Sequence[str]:
    """Files only, on one file system, no link followed."""
    minutes = math.ceil(one.older_s / 60) - 1
    argv = ["/usr/bin/find", folder(spec, one), "-xdev", "-type", "f", "-name", one.match]
    return [*argv, "-mmin", f"+{minutes}", "-print", "-delete"]
