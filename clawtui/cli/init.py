"""`clawtui init DIR`: looks at a project and writes the service.toml that deploys it as it is."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.errors import ClawtuiError, ConfigError, Mistakes, Refused, UsageError

if TYPE_CHECKING:
    from clawtui.deploy.project.look import Project
    from clawtui.deploy.project.start import Start
    from clawtui.deploy.project.write import Choice

UNDONE = 1  # written, and something is left to do before it deploys
SHOWN = 6


def arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and what cannot be found in it."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="the project; the current folder by default"
    )
    parser.add_argument("--host", metavar="SELECTOR", help="where it will run; not needed where the fleet has one host")
    parser.add_argument("--name", metavar="SERVICE", help="the service's name; by default the project's")
    parser.add_argument("--domain", metavar="DOMAIN", help="under which name people reach it, by HTTPS")


@dataclass(frozen=True, slots=True)
class Locked:
    """How the packages came to be pinned."""

    lock: str
    words: str
    left: tuple[str, ...] = ()


def run(call: Call) -> int:
    """Write it and say what was found where; nothing of the project is imported or run."""
    from clawtui.deploy.project.look import look
    from clawtui.deploy.spec_file import FILE

    folder = Path(call.options.folder).expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name the one that holds the project")
    path = folder / FILE
    _sensible(call.options.name, call.options.domain)
    if path.exists() or path.is_symlink():
        raise Refused(f"{path} is there already and stays as it is; nothing was written")
    project = look(folder)
    if project.start is None:
        raise ConfigError(
            "holds nothing that starts: no app object (FastAPI, Flask, Django …), Procfile, compose file, Dockerfile with a "
            'CMD, or program with `if __name__ == "__main__"`; write service.toml by hand, from service.example.toml',
            file=str(folder),
        )
    hosts, names = _hosts(call)
    locked = _locked(call, project, project.start)
    _write(path, project, project.start, _choice(call, project, hosts, names, locked))
    left = (*locked.left, *_wrong(path, call))
    _say(call, path, project, project.start, locked, left)
    return UNDONE if left else 0


def _sensible(name: str | None, domain: str | None) -> None:
    """What was typed goes into a file: wrong words are told before there is one."""
    from clawtui.deploy.spec_file import NAME
    from clawtui.deploy.spec_parts.proxy import is_host_name

    if name is not None and not NAME.fullmatch(name):
        raise UsageError(
            f"--name {name!r} is no name of a service: small letters, digits and -, a letter first, 31 at most"
        )
    if domain is not None and not is_host_name(domain):
        raise UsageError(
            f"--domain {domain!r} is no host name: write it as people ask for it, without https:// and path"
        )


def _hosts(call: Call) -> tuple[str, tuple[str, ...]]:
    """The selector, and by which names the hosts are reached."""
    from clawtui.cli.session import found_by
    from clawtui.deploy.spec_parts.proxy import is_host_name
    from clawtui.fleet.selector import select

    try:
        fleet = found_by(call).only()
    except ClawtuiError as problem:
        if not call.options.host:
            raise UsageError(
                f"where is it to run? name it: --host HOST (the fleet tells nothing: {problem})"
            ) from problem
        return call.options.host, ()
    if not call.options.host and len(fleet.hosts) != 1:
        some = ", ".join(host.name for host in fleet.hosts[:SHOWN]) + (" …" if len(fleet.hosts) > SHOWN else "")
        raise UsageError(f"where is it to run? --host HOST, or a selector: {fleet.name} has {some or 'no hosts'}")
    selector = call.options.host or fleet.hosts[0].name
    targets = dict.fromkeys(host.target for host in select(fleet, selector))
    return selector, tuple(name for name in targets if is_host_name(name) and ":" not in name)[:SHOWN]


def _locked(call: Call, project: "Project", start: "Start") -> Locked:
    """The lock that is there, or one made of what the project wishes for."""
    packages = project.packages
    if start.compose or not start.command.startswith("{python}"):
        return Locked(packages.lock if not start.compose else "", "found" if packages.lock else "")
    server = [start.module] if start.module and start.module not in packages.names else []
    if packages.lock:
        words = f"{packages.lock} has no {start.module}, which serves the app: add it and make the lock again"
        return Locked(packages.lock, "found", (words,) if server else ())
    extra = server if packages.wishes else [name for name in (start.framework, *server) if name]
    if not packages.wishes and not extra:
        return Locked("", "", _unlisted(project, ()))
    return _made(call, project, extra)


def _made(call: Call, project: "Project", extra: list[str]) -> Locked:
    from clawtui.deploy.project.lock_making import make_lock
    from clawtui.deploy.project.packages import free_name

    packages, lock = project.packages, free_name(project.folder)
    of = " and ".join(filter(None, (packages.wishes, ", ".join(extra))))
    say(f"making {lock} of {of} …")
    left = () if packages.wishes else _unlisted(project, tuple(extra))
    try:
        words = make_lock(project.folder / lock, packages.wishes, extra, packages.python, call.environ)
    except ClawtuiError as problem:
        return Locked(lock, f"to be made of {of}", (*left, str(problem)))
    return Locked(lock, f"made of {of} by {words}", left)


def _unlisted(project: "Project", locked: tuple[str, ...]) -> tuple[str, ...]:
    """Imports that no list of packages speaks for."""
    others = sorted(name for name in project.imports if name.lower() not in locked)
    if not others:
        return ()
    words = f"no requirements.txt or pyproject.toml says which packages {', '.join(others)} come from"
    return (f"{words}; write one, remove service.toml and requirements.lock, and run this again",)


def _choice(call: Call, project: "Project", hosts: str, names: tuple[str, ...], locked: Locked) -> "Choice":
    from clawtui.deploy.project.write import Choice

    options = call.options
    name = options.name or project.name
    return Choice(name, hosts, options.domain or "", names, locked.lock, locked.words)


def _write(path: Path, project: "Project", start: "Start", choice: "Choice") -> None:
    from clawtui.deploy.project.write import service_toml

    text = service_toml(project, start, choice)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise ConfigError(f"cannot be written: {problem.strerror}", file=str(path)) from problem


def _wrong(path: Path, call: Call) -> tuple[str, ...]:
    """What would stop a deployment: mistakes that only this project's names can bring in, and secrets that are not there."""
    from clawtui.deploy.secrets import absent
    from clawtui.deploy.spec_file import read_spec

    try:
        return absent(read_spec(path).secrets, call.environ)
    except Mistakes as mistakes:
        return tuple(map(str, mistakes.each))
    except ConfigError as mistake:
        return (str(mistake),)


def _say(call: Call, path: Path, project: "Project", start: "Start", locked: Locked, left: tuple[str, ...]) -> None:
    found = [("starts", start.where, start.command or start.what)]
    pinned = f"{locked.lock}: {locked.words}" if locked.words != "found" else locked.lock
    found += [("packages", project.packages.wishes or locked.lock, pinned)] if locked.lock else []
    found += (
        [("answers", start.ready_where or start.where, start.ready or "takes connections")] if start.listens else []
    )
    found += [("model", str(model), "an artifact, shipped once") for model in project.models]
    found += [("system", why, name) for name, why in project.system.items()]
    found += [("secret", one.where, one.name) for one in project.wanted if one.needed]
    following = f"clawtui deploy plan {path}"
    if call.options.json:
        rows = [{"what": what, "where": where, "value": value} for what, where, value in found]
        call.out.json({"version": 1, "file": str(path), "found": rows, "left": list(left), "next": following})
        return
    call.out.line(f"{path} written; what was found:")
    call.out.table(("WHAT", "WHERE", "FOUND"), found)
    for line in left:
        call.out.line(f"to do: {line}", look="warn")
    call.out.line(f"next: {following}")
