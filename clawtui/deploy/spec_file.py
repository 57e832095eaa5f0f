"""service.toml → Spec: checked whole before any host is touched, all mistakes at once, each with file, line, key, remedy.

The schema is `KEYS`; `config/service.example.toml` explains each of them, and a test compares the two both ways.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import GateLimits, Replace, Spec
from clawtui.deploy.spec_parts.across import check_across
from clawtui.deploy.spec_parts.artifacts import artifacts
from clawtui.deploy.spec_parts.clean_up import clean_up, is_system
from clawtui.deploy.spec_parts.environment import environment
from clawtui.deploy.spec_parts.health import health
from clawtui.deploy.spec_parts.proxy import proxy
from clawtui.deploy.spec_parts.rollout import hooks, rollout
from clawtui.deploy.spec_parts.run import run, secrets
from clawtui.errors import ConfigError, Mistakes
from clawtui.fleet.tables import Document

FILE = "service.toml"
VERSION = 1
ROOT = "/srv/clawtui"
KEYS: Mapping[str, Sequence[str]] = {
    "": (
        *("version", "name", "hosts", "source", "exclude", "root"),
        *("environment", "artifact", "run", "secrets", "proxy", "clean_up", "health", "rollout", "hooks"),
    ),
    "environment": ("packages", "python", "lock", "wheels", "compose", "images", "port"),
    "artifact": ("name", "source", "sha256", "path"),
    "run": ("command", "user", "env", "port", "memory", "cpu", "stop", "files"),
    "proxy": (
        *("names", "tls", "certificate", "key", "acme_directory", "acme_email"),
        *("http_port", "https_port", "body", "timeout", "rewrites"),
    ),
    "clean_up": ("path", "match", "older"),
    "health": ("ready", "within", "times", "metrics", "golden"),
    "health.golden": (
        *("path", "method", "headers", "body", "body_file"),
        *("status", "expect", "expect_file", "tolerance", "within"),
    ),
    "rollout": (
        *("replace", "canary", "waves", "by", "max_unavailable", "unreachable"),
        *("bake", "dead_man", "on_lost", "gates", "keep", "freeze"),
    ),
    "rollout.gates": ("error_ratio", "p95", "requests"),
    "hooks": ("before", "after", "drain", "timeout"),
}
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}(?<!-)")


def read_spec(path: Path) -> Spec:
    """Read a service.toml, or the one in a folder; Mistakes has all that is wrong in it."""
    file = path / FILE if path.is_dir() else path
    return parse_spec(Document.read(file.absolute()))


def parse_spec(document: Document) -> Spec:
    """The same from a document that was read already; `document.file` is absolute."""
    faults: list[ConfigError] = []
    top = Keys(document.top(), faults)
    _version(top)
    top.only(KEYS)
    around = environment(_part(top, "environment"))
    spec = Spec(
        file=Path(document.file),
        name=_name(top),
        hosts=top.needed("hosts", 'name the hosts as elsewhere: "web-1", "web*", "@group", "site=eu", or "all"'),
        source=_source(top),
        exclude=_exclude(top),
        root=_root(top),
        environment=around,
        run=run(_part(top, "run")) if "run" in top else None,
        secrets=secrets(top.sub("secrets")),
        proxy=proxy(_part(top, "proxy")) if "proxy" in top else None,
        clean_up=tuple(clean_up(_known(keys)) for keys in top.subs("clean_up")),
        rollout=rollout(_part(top, "rollout"), Replace.IN_PLACE if around.compose else Replace.BESIDE),
        hooks=hooks(_part(top, "hooks")),
    )
    spec = artifacts([_known(keys) for keys in top.subs("artifact")], spec)
    spec = health(_part(top, "health"), spec)
    check_across(top, spec)
    if faults:
        once = {str(fault): fault for fault in faults}.values()
        raise Mistakes(sorted(once, key=lambda fault: (fault.file != document.file, fault.file, fault.line)))
    return spec if spec.listens else replace(spec, rollout=replace(spec.rollout, gates=GateLimits(None, None, 0)))


def _part(top: Keys, name: str) -> Keys:
    return _known(top.sub(name))


def _known(keys: Keys) -> Keys:
    """The same table; what does not belong in it is noted."""
    keys.only(KEYS)
    for name in ("golden", "gates"):
        if f"{keys.table.name}.{name}" in KEYS:
            keys.sub(name).only(KEYS)
    return keys


def _version(top: Keys) -> None:
    """Before all else: a newer file may hold keys that nobody here can judge."""
    version = top.table.values.get("version")
    if isinstance(version, int) and version > VERSION:
        raise top.table.error(
            f"this clawtui reads version {VERSION}; a newer clawtui wrote this file, upgrade it here", "version"
        )
    if version != VERSION or isinstance(version, bool):
        top.fault("version", f"must be {VERSION}: version = {VERSION}")


def _name(top: Keys) -> str:
    how = "small letters, digits and -, a letter first, 31 at most: units, folders and the site are named by it"
    name = top.needed("name", f'name the service: name = "bot" ({how})')
    if name and not NAME.fullmatch(name):
        top.fault("name", f"{name!r} is no name of a service: {how}")
    return name


def _source(top: Keys) -> Path:
    text = top.text("source", ".")
    path = (top.folder / Path(text).expanduser()).resolve()
    if not path.is_dir():
        top.fault("source", f"{path} is {'a file' if path.exists() else 'not there'}; name the folder that is shipped")
    elif path == Path(path.anchor) or path == Path.home():
        top.fault("source", f"{path} would be shipped whole; name the folder of the service")
    return path


def _exclude(top: Keys) -> tuple[str, ...]:
    patterns = top.texts("exclude")
    for pattern in patterns:
        if ".." in pattern.split("/"):
            top.fault("exclude", f"{pattern!r} leads out of the source; patterns are as in .gitignore, below it")
        elif pattern.startswith("!"):
            top.fault("exclude", f"{pattern!r} takes something back in; name only what is left out")
    return patterns


def _root(top: Keys) -> str:
    root = top.text("root", ROOT)
    if not re.fullmatch(r"(/[A-Za-z0-9_+@-][A-Za-z0-9_.+@-]*)+", root):
        top.fault("root", f"{root!r} is no folder for services: an absolute path without .. or spaces, such as {ROOT}")
    elif is_system(root):
        top.fault("root", f"{root} belongs to the system; give services a folder of their own, such as {ROOT}")
    return root
