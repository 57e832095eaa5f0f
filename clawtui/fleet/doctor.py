"""What stands between the operator and a host, looked at in the order in which one thing depends on the other."""

import asyncio

from clawtui.errors import (
    AuthFailed,
    Deadline,
    HostKeyChanged,
    HostKeyUnknown,
    LinkError,
    OptionRefused,
    Unreachable,
)
from clawtui.fleet.check import Check
from clawtui.fleet.connections import Connections
from clawtui.fleet.doctor_inside import inside
from clawtui.fleet.doctor_way import way
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.host_ca import advised, built_anew
from clawtui.places import Places

ORDER = ("name", "tcp", "host key", "auth", "shell", "sudo", "doas", "allowance", "python", "agent", "disk", "clock")
ROOT = ("sudo", "doas", "allowance")
# only where the fleet file wants root


async def examine(fleet: Fleet, host: Host, connections: Connections, places: Places) -> tuple[Check, ...]:
    """All checks in ORDER; what comes after a failure that it depends on is skipped."""
    seen = [check async for check in way(fleet, host)]
    link = None
    if all(check.state != "failed" for check in seen):
        try:
            link = await connections.link(host)
            facts = connections.facts(host)
            seen.append(Check("host key", "ok", facts.get("fingerprint", "trusted")))
            seen.append(Check("auth", "ok", _auth_words(host, facts)))
        except LinkError as problem:
            seen += _refused(host, problem)
    if link is not None:
        seen += await inside(link, connections.becoming)
    seen += await asyncio.to_thread(_authority, fleet, connections, places)
    named = {check.what for check in seen}
    because = next((check.what for check in seen if check.state == "failed"), "")
    seen += [Check(what, "skipped", f"after {because}") for what in ORDER if what not in named and what not in ROOT]
    return tuple(sorted(seen, key=lambda check: ORDER.index(check.what)))


def _auth_words(host: Host, facts: dict[str, str]) -> str:
    """As whom, over what."""
    parts = [
        f"as {host.user or 'yourself'}",
        *(f"{key} {facts[key]}" for key in ("cipher", "server", "certificate") if facts.get(key)),
        *([f"by {facts['transport']}"] if facts.get("transport") else []),
    ]
    return ", ".join(parts)


def _authority(fleet: Fleet, connections: Connections, places: Places) -> list[Check]:
    """A fleet with many unknown or rebuilt hosts wants an authority."""
    try:
        ours = places.known_hosts.read_text("utf-8", "replace")
    except OSError:
        ours = ""
    known = [(host, connections.known_hosts.of(host, places.home)) for host in fleet.hosts]
    words, remedy = advised(known, built_anew(ours))
    return [Check("host key", "warning", words, remedy)] if words else []


def _refused(host: Host, problem: LinkError) -> list[Check]:
    """A connection that did not come to stand, filed under what it says."""
    if problem.behind:
        return [
            Check("auth", "failed", problem.reason, f"clawtui doctor {problem.behind}; or clawtui trust {host.name}")
        ]
    match problem:
        case HostKeyUnknown():
            remedy = (
                f"compare the fingerprint with the host's own, then: clawtui trust {host.name}; "
                f"or from those who know it: clawtui trust {host.name} --from FILE|CA.pub|SSHFP"
            )
            return [Check("host key", "failed", f"{problem.reason} {problem.fingerprint}".strip(), remedy)]
        case HostKeyChanged():
            remedy = (
                "find out why; only if it was built anew, with the fingerprint that its console shows: "
                f"clawtui trust --replace {host.name} --fingerprint SHA256:… --reason …"
            )
            return [Check("host key", "failed", problem.reason, remedy)]
        case AuthFailed():
            remedy = "is your key in its authorized_keys, in your ssh-agent (ssh-add -l), and is user right?"
            return [Check("host key", "ok", "trusted"), Check("auth", "failed", problem.reason, remedy)]
        case OptionRefused():
            return [Check("auth", "failed", problem.reason, f"see {host.origin}")]
        case Unreachable() | Deadline():
            return [Check("auth", "failed", problem.reason, "see tcp; a bastion on the way may be the cause")]
        case _:
            return [Check("auth", "failed", problem.reason)]
