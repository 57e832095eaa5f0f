"""`[proxy]`: nginx before the service."""

import ipaddress
import re
from contextlib import suppress

from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import LETS_ENCRYPT, Proxy, Rewrite, Tls

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
_PATH = re.compile(r"/[A-Za-z0-9._~!&'()*+,=:@%/-]*")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def proxy(keys: Keys) -> Proxy:
    """Parse it."""
    tls = Tls(keys.choice("tls", Tls.OFF, list(Tls)))
    if "tls" not in keys:
        keys.fault("tls", f'is missing; say it: tls = "{Tls.ACME}", "{Tls.FILES}", "{Tls.SELF_SIGNED}" or "{Tls.OFF}"')
    names = _names(keys, tls)
    http, https = keys.whole("http_port", 80, 1, 65535), keys.whole("https_port", 443, 1, 65535)
    if http == https and tls is not Tls.OFF:
        keys.fault("https_port", f"and http_port are both {http}; give each its own")
    made = Proxy(
        names=names,
        tls=tls,
        certificate=keys.path("certificate"),
        key=keys.path("key"),
        acme_email=keys.text("acme_email"),
        acme_directory=keys.text("acme_directory", LETS_ENCRYPT),
        http_port=http,
        https_port=https,
        body=keys.size("body", 10_000_000, least=1),
        timeout_s=keys.seconds("timeout", 60.0, least=1.0, most=86400.0),
        rewrites=_rewrites(keys),
    )
    _certificate(keys, made)
    return made


def _names(keys: Keys, tls: Tls) -> tuple[str, ...]:
    names = keys.texts("names")
    if not names:
        keys.fault("names", 'names no host name; write those that people ask for: names = ["bot.example.org"]')
    for name in names:
        if not is_host_name(name):
            keys.fault("names", f"{name!r} is no host name")
        elif tls is Tls.ACME and ("*" in name or _is_address(name)):
            keys.fault(
                "names", f"{name} gets no certificate by ACME over HTTP; name a plain host name, or tls = 'files'"
            )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        keys.fault("names", f"{twice[0]} stands there twice")
    return names


def is_host_name(name: str) -> bool:
    """What may stand in server_name: a name, one with `*.` before it, or an address."""
    return bool(_NAME.fullmatch(name) or _is_address(name)) and len(name) <= 253


def _certificate(keys: Keys, made: Proxy) -> None:
    files = ("certificate", "key")
    for key in files:
        if made.tls is Tls.FILES and key not in keys:
            keys.fault(key, f'is missing; tls = "{Tls.FILES}" needs certificate and key, both in PEM')
        elif made.tls is not Tls.FILES and key in keys:
            keys.fault(key, f'goes with tls = "{Tls.FILES}", and tls is "{made.tls}"')
    for key in ("acme_email", "acme_directory"):
        if made.tls is not Tls.ACME and key in keys:
            keys.fault(key, f'goes with tls = "{Tls.ACME}", and tls is "{made.tls}"')
    if not _URL.fullmatch(made.acme_directory):
        keys.fault("acme_directory", f"{made.acme_directory!r} is no address of an ACME directory: https://…")
    if made.acme_email and not _MAIL.fullmatch(made.acme_email):
        keys.fault("acme_email", f"{made.acme_email!r} is no mail address")


def _rewrites(keys: Keys) -> tuple[Rewrite, ...]:
    """Each path once, whatever its last slash; nginx takes the longest that fits, so their order means nothing."""
    found, seen = list[Rewrite](), dict[str, str]()
    for path, to in keys.mapping("rewrites").items():
        for one in (path, to):
            if not _PATH.fullmatch(one) or ".." in one.split("/"):
                keys.fault("rewrites", f'{one!r} is no path: "/api/" = "/" sends /api/x to /x')
        plain = path.rstrip("/") or "/"
        if plain in seen:
            keys.fault("rewrites", f"{seen[plain]!r} and {path!r} are the same path with two targets; take one away")
        elif to.rstrip("/") == path.rstrip("/"):
            keys.fault("rewrites", f"{path!r} leads to itself; take it away")
        seen[plain] = path
        found.append(Rewrite(path, to))
    return tuple(found)


def _is_address(name: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return False
