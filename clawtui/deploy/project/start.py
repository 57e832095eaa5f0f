"""How a project is started, in the words of `[run]` or of a compose file."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.deploy.project import files
from clawtui.deploy.project.app import App, find_app
from clawtui.deploy.project.sources import Source, Variable

PORT = 8000
PROGRAMS = ("main.py", "bot.py", "app.py", "server.py", "run.py", "worker.py")
READY = ("/healthz", "/health", "/readyz", "/ready", "/livez", "/api/health", "/ping", "/status", "/")
_MODULES = ("uvicorn", "gunicorn", "hypercorn", "granian", "waitress", "flask", "streamlit", "celery", "sanic")
_SHELL = re.compile(r"[|&;<>()$`*]")
_PORT = re.compile(r"\$\{?PORT(:?-\d+)?\}?")
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(\S*)")


@dataclass(frozen=True, slots=True)
class Start:
    """What the spec will say of it."""

    command: str
    # empty: the compose file is what is started
    where: str
    what: str
    # found there, for people
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    port: int = 0
    listens: bool = True
    ready: str = ""
    ready_where: str = ""
    metrics: str = ""
    module: str = ""
    # the server that must be among the packages
    framework: str = ""
    # the package of the app's own framework
    compose: files.Compose | None = None


def find_start(
    folder: Path, sources: Sequence[Source], packages: frozenset[str], read: Sequence[Variable]
) -> Start | None:
    """An app object, else the Procfile, else a compose file, else the Dockerfile's command, else a program."""
    app = find_app(sources)
    if app is not None:
        return of_app(app, packages)
    if line := files.procfile(folder):
        return of_command(line, "a process")
    if project := files.compose(folder):
        what = "a compose project"
        return Start("", project.file, what, port=project.port, listens=project.port > 0, compose=project)
    if line := files.docker_command(folder):
        return of_command(line, "the image's command")
    return _program(sources, read)


def of_app(app: App, packages: frozenset[str]) -> Start:
    """By the server that is among the packages, else by the usual one."""
    gets = {
        route.path: f"{app.file}:{route.line}" for route in app.routes if route.method in ("get", "route", "api_route")
    }
    ready = next((path for path in READY if path in gets), app.api_page)
    command, module = (_asgi if app.asgi else _wsgi)(app, packages)
    return Start(
        command=f"{{python}} -m {command}",
        where=app.where,
        what=f"{app.framework} {'factory' if app.factory else 'app'} `{app.name}`",
        ready=ready,
        ready_where=gets.get(ready, app.where if ready else ""),
        metrics="/metrics" if "/metrics" in gets else "",
        module=module,
        framework=app.framework.lower(),
    )


def of_command(line: files.Line, what: str) -> Start:
    """A command written for a shell and for a port of its own choice."""
    env, text = dict[str, str](), line.text
    while found := _ASSIGNED.match(text):
        env[found[1]], text = found[2], text[found.end() :].lstrip()
    command = _PORT.sub("{port}", text.removeprefix("exec ")).replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - taken away
    command = re.sub(r"((?:--port[ =]|-p |(?:--bind|-b)[ =]\S*:))\d+", r"\1{port}", command)
    first, _, rest = command.partition(" ")
    if first in ("python", "python3"):
        command = f"{{python}} {rest}"
    elif first in _MODULES:
        command = f"{{python}} -m {first} {rest}"
    simple = command.startswith(("{python}", "/")) and not _SHELL.search(command)
    if not simple:
        command = f"/bin/sh -c {shlex.quote(f'exec {command}' if not _SHELL.search(command) else command)}"
    if "{port}" not in command:
        env["PORT"] = "{port}"
    return Start(command.strip(), line.where, what, env, PORT, module=first if first in _MODULES else "")


def _asgi(app: App, packages: frozenset[str]) -> tuple[str, str]:
    target = f"{app.module}:{app.name}"
    if "uvicorn" not in packages and "hypercorn" in packages and not app.factory and not app.folder:
        return f"hypercorn --bind unix:{{socket}} {target}", "hypercorn"
    flags = f" --app-dir {{app}}/{app.folder}" if app.folder else ""
    flags += " --factory" if app.factory else ""
    # nginx stands before it and says who asked
    return f"uvicorn --uds {{socket}} --proxy-headers --forwarded-allow-ips '*'{flags} {target}", "uvicorn"


def _wsgi(app: App, packages: frozenset[str]) -> tuple[str, str]:
    target = f"{app.module}:{app.name}"
    if "gunicorn" not in packages and "waitress" in packages and not app.folder:
        flags = "--call " if app.factory else ""
        return f"waitress --unix-socket={{socket}} {flags}{target}", "waitress"
    flags = f" --chdir {{app}}/{app.folder}" if app.folder else ""
    called = f"'{target}()'" if app.factory else target
    return f"gunicorn --bind unix:{{socket}}{flags} {called}", "gunicorn"


def _program(sources: Sequence[Source], read: Sequence[Variable]) -> Start | None:
    """A file that runs by itself; where it asks for PORT it listens, else nobody asks it anything."""
    programs = [one for one in sources if one.importable and (one.is_program or one.path.name == "__main__.py")]
    best = min(programs, key=_usual, default=None)
    if best is None:
        return None
    port = next((one for one in read if one.name == "PORT"), None)
    if best.path.name == "__main__.py" and len(best.path.parts) > 1:
        command = f"{{python}} -m {'.'.join(best.path.parts[:-1])}"
    else:
        command = f"{{python}} {{app}}/{best.path}"
    what = (
        "a program that takes its port from PORT" if port else "a program that listens nowhere, as far as can be read"
    )
    env = {"PORT": "{port}"} if port else {}
    return Start(command, str(best.path), what, env, PORT if port else 0, listens=port is not None)


def _usual(source: Source) -> tuple[int, int]:
    name = source.path.name
    return len(source.path.parts), PROGRAMS.index(name) if name in PROGRAMS else len(PROGRAMS)
