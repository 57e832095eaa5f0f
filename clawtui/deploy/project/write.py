"""A service.toml for what was found, each line with what was found where. Pure."""

import ipaddress
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clawtui.deploy.project.look import Project, Wanted, service_name
from clawtui.deploy.project.start import Start

LARGE = 1_000_000_000
_WIDTH = 28
_NOT_PUBLIC = ("localhost", "local", "internal", "lan", "test", "example", "invalid", "home", "arpa")


@dataclass(frozen=True, slots=True)
class Choice:
    """What only the operator can say."""

    name: str
    hosts: str
    domain: str = ""
    names: tuple[str, ...] = ()
    # by which the hosts are reached: what nginx answers to without a domain
    lock: str = ""
    lock_words: str = ""


def service_toml(project: Project, start: Start, choice: Choice) -> str:
    """The whole file."""
    parts: list[Iterable[str]] = [
        _head(project, choice),
        _environment(project, start, choice),
        _artifacts(project),
        () if start.compose else _run(start),
        _secrets(project.wanted),
        _proxy(choice) if start.listens else (),
        _health(project, start),
        _rollout(start),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def is_public(domain: str) -> bool:
    """Can an authority on the internet look at it?"""
    with suppress(ValueError):
        ipaddress.ip_address(domain)
        return False
    return "." in domain and domain.rpartition(".")[2].lower() not in _NOT_PUBLIC


def _head(project: Project, choice: Choice) -> Iterable[str]:
    yield "# Written by `clawtui init`. Every key is explained in clawtui's config/service.example.toml."
    yield "version = 1"
    yield f"name = {_text(choice.name)}"
    yield f"hosts = {_text(choice.hosts)}"
    if project.exclude:
        yield _line("exclude", _list(project.exclude), "stays here, as what .gitignore names and .env do")


def _environment(project: Project, start: Start, choice: Choice) -> Iterable[str]:
    yield "[environment]"
    packages = {**({"python3-venv": "for the lock"} if choice.lock else {}), **project.system}
    packages |= {"nginx": "for [proxy]"} if start.listens else {}
    packages |= {"certbot": "for tls"} if is_public(choice.domain) and start.listens else {}
    packages |= {"docker.io": "for the compose file", "docker-compose": ""} if start.compose else {}
    if packages:
        yield "packages = ["
        yield from (_line("", f"    {_text(name)},", why) for name, why in packages.items())
        yield "]"
    if choice.lock:
        yield f"# {choice.lock_words}"
        yield f"lock = {_text(choice.lock)}"
    if start.compose:
        yield _line("compose", _text(start.compose.file), "found")
        if start.compose.builds:
            yield _line("images", '"carry"', f"{start.compose.file} builds one here")
        if start.compose.port:
            yield _line("port", str(start.compose.port), f"the first that {start.compose.file} publishes")


def _artifacts(project: Project) -> Iterable[str]:
    """A table each; the name is that of the file, made different where two have the same."""
    taken = set[str]()
    for number, path in enumerate(project.models):
        name = service_name(path.stem).replace("-", "_")
        name = f"{name}_{number}" if name in taken else name
        taken.add(name)
        if number:
            yield ""
        yield "[[artifact]]"
        yield _line("name", _text(name), "shipped once, kept on the hosts; the code finds it where it is here")
        yield f"source = {_text(path.as_posix())}"


def _run(start: Start) -> Iterable[str]:
    yield "[run]"
    yield f"# {start.where}: {start.what}"
    yield f"command = {_text(start.command)}"
    if start.env:
        yield f"env = {{ {', '.join(f'{name} = {_text(value)}' for name, value in start.env.items())} }}"
    if start.port:
        yield _line("port", str(start.port), "this one and the next, by turns")


def _secrets(wanted: Sequence[Wanted]) -> Iterable[str]:
    if not wanted:
        return
    yield "[secrets]"
    for one in wanted:
        source = '{ dotenv = ".env" }' if one.dotenv else f"{{ env = {_text(one.name)} }}"
        mark = "" if one.needed else "# "
        yield _line(f"{mark}{one.name}", source, one.where + ("" if one.needed else ": asked for, not needed"))


def _proxy(choice: Choice) -> Iterable[str]:
    yield "[proxy]"
    if not choice.domain:
        yield _line("names", _list(choice.names or (choice.name,)), "no --domain was given: the hosts' own names")
        yield _line("tls", '"off"', 'with a domain: "acme" or "files"; "self-signed" for trying out')
    elif is_public(choice.domain):
        yield f"names = {_list((choice.domain,))}"
        yield _line("tls", '"acme"', 'one host; for several "files" with certificate and key')
    else:
        yield f"names = {_list((choice.domain,))}"
        yield _line("tls", '"self-signed"', f"no public authority knows {choice.domain}")


def _health(project: Project, start: Start) -> Iterable[str]:
    size = sum((project.folder / path).stat().st_size for path in project.models)
    lines = list[str]()
    if start.listens:
        lines.append(_line("ready", _text(start.ready), start.ready_where or "no path is known: it takes connections"))
    if start.metrics:
        lines.append(_line("metrics", _text(start.metrics), "found"))
    if size > LARGE:
        lines.append(_line("within", '"5m"', "large models take their time"))
    if lines:
        yield "[health]"
        yield from lines


def _rollout(start: Start) -> Iterable[str]:
    if not start.listens and not start.compose:
        yield "[rollout]"
        yield _line("replace", '"in-place"', "it listens nowhere, so two at once might do the same work twice")


def _line(key: str, value: str, why: str) -> str:
    said = f"{key} = {value}" if key else value
    return f"{said.ljust(_WIDTH - 2)}  # {why}" if why else said


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str | Path) -> str:
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
