"""Everything that is known of a host in words, for `i` inspect. Pure."""

from collections.abc import Mapping
from typing import Protocol

from clawtui.engine.standing import Standing
from clawtui.fleet.host import Become, Host
from clawtui.metrics.sample import Hello


class Facts(Protocol):
    """Who knows about the connection."""

    def facts(self, host: Host) -> dict[str, str]:
        """Words about it; empty when there is none."""
        ...


def facts(host: Host, standing: Standing, links: Facts) -> dict[str, str]:
    """Empty values are left out."""
    links_say = links.facts(host)
    found = {
        **_identity(host, standing, links_say),
        "address": f"{host.target}:{host.port}",
        "user": host.user,
        "jump": " → ".join(host.jump),
        "groups": " ".join(host.groups),
        "site": host.site,
        "region": host.region,
        "labels": _pairs(host.labels),
        "become": _become(host),
        **links_say,
        "numbers from": standing.chosen.words,
        "runs in": standing.chosen.runs_in,
        "role": "read: this key leads to the agent only" if standing.chosen.reads_only else "",
        **_of_agent(standing),
    }
    if standing.complaint:
        found["complaint"] = standing.complaint
    return {name: value for name, value in found.items() if value}


def _become(host: Host) -> str:
    if host.become is Become.NONE:
        return host.become
    return f"{host.become}; a password: {host.become_password}"


def _identity(host: Host, standing: Standing, links_say: Mapping[str, str]) -> dict[str, str]:
    """What a host is joined by to logs, metrics and cloud records, and where we have it from."""
    hello = standing.hello
    return {
        "name": host.name,
        "aliases": " ".join(host.aliases),
        "fqdn": (hello.fqdn or hello.host) if hello else "",
        "addresses": " ".join(hello.addresses) if hello else "",
        "machine id": hello.machine_id if hello else "",
        "transport": links_say.get("transport", "asyncssh" if links_say else ""),
        "source": str(host.origin),
    }


def _of_agent(standing: Standing) -> dict[str, str]:
    hello = standing.hello
    if hello is None:
        return {}
    offset = "" if standing.offset is None else f"{standing.offset * 1000:+.1f} ± {standing.offset_error * 1000:.1f} ms"
    return {
        "boot id": hello.boot_id,
        "agent": _agent(hello),
        "agent sees": hello.scope + (f": {_pairs(hello.allotment)}" if hello.allotment else ""),
        "history": ", ".join(f"{ring.slots} × {ring.tier}" for ring in hello.rings) or "none: nothing is kept there",
        "services": ", ".join(info.name + (f" ({info.missing})" if info.missing else "") for info in hello.services),
        "clock offset": offset,
    }


def _agent(hello: Hello) -> str:
    if not hello.agent:
        return "none"
    return f"{hello.agent} (digest {hello.digest[:12]}, pid {hello.pid}, Python {hello.python})"


def _pairs(items: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in items.items())
