"""What must hold between the tables of a service.toml."""

import difflib
from collections.abc import Iterator
from typing import cast

from clawtui.deploy.keys import Keys
from clawtui.deploy.placeholders import ARTIFACT, PLACEHOLDERS, taken
from clawtui.deploy.spec import Replace, Run, Spec, Tls, takes


def check_across(top: Keys, spec: Spec) -> None:
    """Note all that contradicts itself."""
    if spec.run is None and "run" not in top:
        _compose(top, spec)
    elif "compose" in top.sub("environment"):
        top.fault("run", "a service is a unit with [run] or a compose project, not both; take one of them away")
    if spec.run is not None:
        run = top.sub("run")
        _placeholders(run, spec, spec.run)
        _listening(run, spec, spec.run)
        for secret in spec.secrets:
            if secret.name in spec.run.env:
                run.fault("env", f"{secret.name} is also in [secrets]; take one of them away")
    if not spec.listens and {"error_ratio", "p95"} & set(top.sub("rollout").sub("gates").table.values):
        top.sub("rollout").fault(
            "gates", "compare answers, and a service that listens nowhere gives none; take it away"
        )
    if spec.proxy is not None and not spec.listens:
        words = "environment.port is missing" if spec.run is None else "run.command takes neither {socket} nor {port}"
        top.fault("proxy", f"nginx would have nobody to ask: {words}")


def _compose(top: Keys, spec: Spec) -> None:
    path, keys = spec.environment.compose, top.sub("environment")
    if path is None:
        if "compose" not in keys:
            top.fault("run", "is missing; say what is started: [run] with a command, or environment.compose")
        return
    if not path.is_relative_to(spec.source):
        keys.fault("compose", f"{path} is not below the source {spec.source}, so it would not be shipped")
    if words := _not_compose(path.read_bytes()):
        keys.fault("compose", f"{path} {words}")
    rollout = top.sub("rollout")
    if spec.rollout.replace is Replace.BESIDE:
        rollout.fault("replace", 'a compose project holds its own ports, two have no room: replace = "in-place"')


def _not_compose(data: bytes) -> str:
    import yaml

    try:
        found: object = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        return f"is not YAML: {' '.join(str(problem).split())}"
    services = cast("dict[str, object]", found).get("services") if isinstance(found, dict) else None
    return "" if isinstance(services, dict) and services else "has no services, so it is no compose file"


def _placeholders(keys: Keys, spec: Spec, run: Run) -> None:
    """Every word in braces is one of those that are filled in."""
    artifacts = [f"{ARTIFACT}{artifact.name}" for artifact in spec.artifacts]
    known = [*(name for name in PLACEHOLDERS if not name.startswith(ARTIFACT)), *artifacts]
    for key, text in _texts(run):
        for word in dict.fromkeys(taken(text)):
            if word in known:
                continue
            near = difflib.get_close_matches(word, known, 1)
            hint = f"did you mean {{{near[0]}}}?" if near else f"known: {' '.join(f'{{{name}}}' for name in known)}"
            if word.removeprefix("secret.") in {secret.name for secret in spec.secrets}:
                hint = f"secrets are in the environment only: ${word.removeprefix('secret.')}"
            keys.fault(key, f"{{{word}}} is nothing that is filled in; {hint}; {{{{{word}}}}} is the text itself")


def _texts(run: Run) -> Iterator[tuple[str, str]]:
    yield "command", run.command
    for value in run.env.values():
        yield "env", value


def _listening(keys: Keys, spec: Spec, run: Run) -> None:
    socket, port = takes(run, "socket"), takes(run, "port")
    if socket and port:
        keys.fault("command", "an instance listens on {socket} or on {port}, not on both")
    elif socket and run.port:
        keys.fault("port", "is for {port}, and the command listens on {socket}; take one of them away")
    elif port and not run.port:
        keys.fault("port", "is missing: {port} is this one or the next: port = 8000")
    beside = spec.rollout.replace is Replace.BESIDE
    if beside and run.command and not (socket or port):
        where = f"always on {run.port}" if run.port else "nowhere, or where nobody can say"
        keys.fault(
            "command",
            f"listens {where}, so two instances cannot run beside each other: "
            'take {socket} or {port}, or write rollout.replace = "in-place"',
        )
    last = run.port + (1 if beside else 0)
    if run.port and last > 65535:
        keys.fault("port", f"and the next one are both needed (beside), and {last} is no port")
    if spec.proxy is not None and run.port:
        held = [spec.proxy.http_port, *([] if spec.proxy.tls is Tls.OFF else [spec.proxy.https_port])]
        if any(run.port <= number <= last for number in held):
            keys.fault("port", "and its next are nginx's (proxy.http_port, proxy.https_port); choose another")
