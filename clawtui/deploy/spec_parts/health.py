"""`[health]`: when an instance is called healthy, and the request whose answer is known."""

import json
import re
from contextlib import suppress
from dataclasses import replace

from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import Golden, Health, Spec

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
BODY_MOST = 1_000_000
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def health(keys: Keys, spec: Spec) -> Spec:
    """The spec with it; for a service that listens nowhere nothing is asked."""
    golden = _golden(keys.sub("golden")) if "golden" in keys else None
    read = Health(
        ready=_path(keys, "ready", "/", empty=True) if spec.listens else keys.text("ready"),
        within_s=keys.seconds("within", 60.0, least=1.0, most=86400.0),
        times=keys.whole("times", 3, 1, 1000),
        golden=golden,
        metrics=_path(keys, "metrics", "", empty=True),
    )
    if not spec.listens:
        for key in ("ready", "metrics", "golden"):
            if keys.table.values.get(key):
                keys.fault(key, "nobody can ask: the service listens nowhere; take {socket} or {port} in run.command")
    if read.within_s < read.times - 1:
        keys.fault("within", f"{read.times} answers, a second apart, take longer; give it more time")
    return replace(spec, health=read)


def _golden(keys: Keys) -> Golden:
    body = _text(keys, "body")
    headers = keys.mapping("headers")
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not value.isascii():
            keys.fault("headers", f"{name!r} is no header of HTTP, or its value is not ASCII")
    if body and _is_json(body) and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    expect = _text(keys, "expect")
    tolerance = keys.number("tolerance", 0.0)
    if tolerance and not _is_json(expect):
        keys.fault("tolerance", "is for numbers in JSON, and `expect` is none")
    method = keys.choice("method", "POST" if body else "GET", METHODS)
    if body and method in ("GET", "HEAD"):
        keys.fault("method", f"{method} carries no body; write POST, or take the body away")
    return Golden(
        path=_path(keys, "path", ""),
        method=method,
        body=body.encode(),
        headers=headers,
        status=keys.whole("status", 200, 100, 599),
        expect=expect,
        tolerance=tolerance,
        within_s=keys.seconds("within", 5.0, least=0.001, most=600.0),
    )


def _text(keys: Keys, key: str) -> str:
    """What stands there or in the file that KEY_file names."""
    other = f"{key}_file"
    if key in keys and other in keys:
        keys.fault(other, f"and {key} say the same thing twice; take one away")
    path = keys.path(other)
    if path is None:
        return keys.long_text(key)
    if path.stat().st_size > BODY_MOST:
        keys.fault(other, f"{path} has more than {BODY_MOST} bytes; a golden request is small")
        return ""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        keys.fault(other, f"{path} cannot be read as text: {problem}")
        return ""


def _path(keys: Keys, key: str, default: str, *, empty: bool = False) -> str:
    path = keys.text(key, default)
    fits = path.startswith("/") and path.isascii() and not re.search(r"[\s#]", path)
    if not fits and (path or not empty):
        keys.fault(key, f'{path!r} is no path of a request: it begins with / and has no spaces, such as "/healthz"')
    return path


def _is_json(text: str) -> bool:
    with suppress(ValueError):
        json.loads(text)
        return True
    return False
