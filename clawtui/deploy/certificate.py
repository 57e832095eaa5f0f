"""A certificate in the operator's files: does its key fit, does it hold the names, when does it end? No host is touched."""

import importlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from clawtui.deploy.spec import Proxy
from clawtui.errors import ConfigError

SOON_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Certificate:
    """The first of a file; the others are its chain."""

    pem: str
    # the whole file
    names: tuple[str, ...]
    until: float
    # seconds since 1970

    def warnings(self, now: float) -> tuple[str, ...]:
        """For the plan."""
        return ending(self.until, now, "get the next one")


def read(proxy: Proxy, file: Path, now: float) -> Certificate:
    """Checked; `file` is the spec's, for errors. Blocks."""
    chain, key = proxy.certificate, proxy.key
    if chain is None or key is None:
        raise ConfigError("names no certificate and key", file=str(file), key="proxy.certificate")
    try:
        pem, found = chain.read_text("ascii"), _decoded(chain)
    except (OSError, ValueError) as problem:
        words = f"{chain} is no certificate in PEM (-----BEGIN CERTIFICATE-----): {problem}"
        raise ConfigError(words, file=str(file), key="proxy.certificate") from problem
    _fits(chain, key, file)
    names = tuple(value for _, value in cast("Sequence[tuple[str, str]]", found.get("subjectAltName", ())))
    made = Certificate(pem, names, float(ssl.cert_time_to_seconds(str(found["notAfter"]))))
    begins = ssl.cert_time_to_seconds(str(found["notBefore"]))
    missing = [name for name in proxy.names if not any(_covers(one, name) for one in names)]
    words = ""
    if missing:
        words = f"{chain} is for {', '.join(names) or 'no name'}, not for {', '.join(missing)}"
    elif made.until <= now:
        words = f"{chain} ended {day(made.until)}; get the next one"
    elif begins > now:
        words = f"{chain} begins {day(begins)} only; is the clock of this machine right?"
    if words:
        raise ConfigError(words, file=str(file), key="proxy.certificate")
    return made


def ending(until: float, now: float, remedy: str) -> tuple[str, ...]:
    """A warning, where it is near."""
    return (f"the certificate ends {day(until)}: {remedy}",) if until < now + SOON_S else ()


def day(at: float) -> str:
    """As people write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _decoded(path: Path) -> dict[str, object]:
    # the one way to read a certificate from a file with what Python brings
    decode = cast("Callable[[str], dict[str, object]]", vars(importlib.import_module("_ssl"))["_test_decode_cert"])
    return decode(str(path))


def _fits(chain: Path, key: Path, file: Path) -> None:
    """As nginx will load it."""
    try:
        # a key with a passphrase cannot be used by a server that starts alone
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password="")
    except ssl.SSLError as problem:
        why = (
            "is not the key of"
            if problem.reason == "KEY_VALUES_MISMATCH"
            else "cannot be used without a passphrase with"
        )
        raise ConfigError(f"{key} {why} {chain}: {problem.reason}", file=str(file), key="proxy.key") from problem
    except OSError as problem:
        raise ConfigError(f"{key}: {problem.strerror}", file=str(file), key="proxy.key") from problem


def _covers(pattern: str, name: str) -> bool:
    """A star stands for one label."""
    one, other = pattern.lower(), name.lower()
    return one == other or (one.startswith("*.") and one[1:] == f".{other.partition('.')[2]}")
