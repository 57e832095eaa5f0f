"""`CanonicalizeHostname`: which full name a short one stands for, after ssh_config(5)."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from clawtui.fleet.ssh_config.pattern import in_list
from clawtui.fleet.ssh_config.resolved import NONE, Resolved
from clawtui.fleet.ssh_config.statement import Statement

LOOKUP_S = 3.0

Lookup = Callable[[str], str | None]
# a name to the name that its address record has (another one after CNAMEs), None where there is none


class NoAnswer(Exception):
    """The resolver is silent."""


@dataclass(slots=True)
class Resolver:
    """The system's own, with a deadline; once silent it is not asked again."""

    deadline_s: float = LOOKUP_S
    silent: bool = False
    known: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def __call__(self, name: str) -> str | None:
        """The system's resolver cannot be interrupted: a thread of its own is left behind with it."""
        if name in self.known:
            return self.known[name]
        if self.silent:
            raise NoAnswer(f"{name} was not looked up: the resolver did not answer before")
        answer: list[str | None] = []
        thread = threading.Thread(target=lambda: answer.append(_canonical_name(name)), daemon=True)
        thread.start()
        thread.join(self.deadline_s)
        if not answer:
            self.silent = True
            raise NoAnswer(f"the resolver did not say within {self.deadline_s:g} s what {name} is")
        self.known[name] = answer[0]
        return answer[0]


def _canonical_name(name: str) -> str | None:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except (OSError, UnicodeError):
        return None
    return found[0][3].rstrip(".") or name.rstrip(".")


def settled(resolved: Resolved, lookup: Lookup | None) -> str:
    """The name for the second pass: lower case, an address in its usual form, the full name where that is asked for.

    Without `lookup` nothing is asked of the network.
    """
    host = resolved.address
    if (address := _as_address(host)) is not None:
        return address
    host, wanted = host.lower(), resolved.first("canonicalizehostname", "no").lower()
    direct = not resolved.jump and not resolved.command
    if lookup is None or wanted in ("no", "false") or not (direct or wanted == "always"):
        return host
    try:
        if found := _canonicalized(host, resolved, lookup):
            return found
        if _rules(resolved):
            if (name := lookup(host)) is not None:
                return _followed(host, name, resolved)
            if direct:  # a name that a proxy knows is none of ours
                resolved.refuse(f"{_place(resolved)}: there is no host {host}")
    except NoAnswer as error:
        resolved.refuse(f"{_place(resolved)}: {error}")
    return host


def _canonicalized(host: str, resolved: Resolved, lookup: Lookup) -> str:
    """The first of CanonicalDomains in which the name exists; empty where it stays as it is."""
    most = resolved.first("canonicalizemaxdots", "1")
    if not most.isdecimal():
        raise resolved.values["canonicalizemaxdots"][0].error(f"{most!r} is not a number")
    if not host.endswith(".") and host.count(".") > int(most):
        return ""
    domains = [word for word in resolved.words("canonicaldomains") if word.lower() != NONE]
    for full in [host] if host.endswith(".") else [f"{host}.{domain}." for domain in domains]:
        if (name := lookup(full)) is not None:
            return _followed(full.rstrip("."), name, resolved)
    if resolved.first("canonicalizefallbacklocal", "yes").lower() in ("no", "false"):
        resolved.refuse(f"{_place(resolved)}: {host} is in none of CanonicalDomains")
    return ""


def _followed(host: str, name: str, resolved: Resolved) -> str:
    """The end of a CNAME, where a rule of CanonicalizePermittedCNAMEs permits it."""
    for rule in _rules(resolved) if name and name != host else ():
        source, _, target = rule.partition(":")
        if in_list(host, source, fold=True) and in_list(name, target, fold=True):
            return name
    return host


def _rules(resolved: Resolved) -> tuple[str, ...]:
    rules = resolved.words("canonicalizepermittedcnames")
    return () if [rule.lower() for rule in rules] == [NONE] else rules


def _place(resolved: Resolved) -> str:
    statement: Statement | None = resolved.says("canonicalizehostname")
    return statement.said if statement else "CanonicalizePermittedCNAMEs"


def _as_address(host: str) -> str | None:
    """An address in its usual spelling, None for a name; the old short IPv4 forms count as ssh counts them."""
    with suppress(ValueError):
        usual = str(ipaddress.ip_address(host))
        return host if usual == host.lower() else usual
    if host and set(host) <= set("0123456789."):
        with suppress(OSError):
            return socket.inet_ntoa(socket.inet_aton(host))
        return host
    return host if ":" in host or "%" in host else None
