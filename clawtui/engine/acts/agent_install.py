"""`agent install SELECTOR` and `agent upgrade SELECTOR`: the same road, upgrade only takes hosts that have an agent.

What packs and installs is imported when it is used: every acting verb loads this module with the table of acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.in_waves import ordered
from clawtui.errors import AgentError, UsageError
from clawtui.fleet.host import AgentUse, Become, Fleet, Host
from clawtui.fleet.link import Link
from clawtui.fleet.selector import select
from clawtui.places import Places

AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class AgentInstall:
    """Puts this installation's agent on hosts."""

    upgrade: bool

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Say where it goes, host by host where that differs."""
        from clawtui.fleet.agent.bundle import current_folder

        verb = "agent upgrade" if self.upgrade else "agent install"
        head, rings = _rings(list(words))
        head, order = ordered(head)
        if len(head) != 1:
            raise UsageError(f"write {verb} SELECTOR, for example {verb} all")
        hosts = select(fleet, head[0])
        in_waves = order.waves(hosts)
        forbidden = _forbidden(hosts)
        folder = current_folder()
        many = "s" if len(hosts) != 1 else ""
        return Draft(
            verb=verb,
            title=f"{verb.upper()} {folder} on {len(hosts)} host{many}",
            hosts=hosts,
            lines=(
                *_where(hosts),
                *_services(hosts),
                *order.lines(in_waves),
                "a host whose new agent gives no good samples goes back by itself",
            ),
            refused=forbidden,
            reverts=f"clawtui agent remove {head[0]}",
            at_once=AT_ONCE,
            commands=("probe", f"upload and unpack {folder}", "switch, start, watch three samples, prune"),
            details={"rings_max_bytes": str(rings)},
            reconnect=True,
            waves=in_waves,
            limit=order.limit,
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """Do it on one host."""
        from clawtui.fleet.agent.install import install

        try:
            change = await install(
                link,
                draft.becoming,
                Places.of(),
                rings_max_bytes=int(draft.details["rings_max_bytes"]),
                only_upgrade=self.upgrade,
            )
        except AgentError as problem:
            return HostOutcome(host=link.host.name, ending="failed", words=problem.reason)
        text = "\n".join(change.did)
        return HostOutcome(host=link.host.name, ending="ok", words=change.words, status=0, stdout=text.encode())


def _rings(words: list[str]) -> tuple[list[str], int]:
    """Take `--rings-max-bytes N` out of the words."""
    from clawtui.fleet.agent.bundle import RINGS_MAX_BYTES

    if "--rings-max-bytes" not in words:
        return words, RINGS_MAX_BYTES
    at = words.index("--rings-max-bytes")
    value = words[at + 1] if at + 1 < len(words) else ""
    if not value.isdigit() or int(value) == 0:
        raise UsageError("--rings-max-bytes needs a number of bytes")
    return words[:at] + words[at + 2 :], int(value)


def _forbidden(hosts: Sequence[Host]) -> str:
    """Where the fleet file allows no agent, none is installed."""
    closed = [host for host in hosts if host.agent is not AgentUse.AUTO]
    words = [f'{host.name} has agent = "{host.agent}" ({host.origin})' for host in closed[:3]]
    more = f" and {len(closed) - 3} more" if len(closed) > 3 else ""
    return f"no agent is installed where the fleet file allows none: {', '.join(words)}{more}" if words else ""


def _where(hosts: Sequence[Host]) -> tuple[str, ...]:
    """Root or home, by host."""
    where = "in /opt/clawtui/agent, as a systemd service where there is systemd"
    by = {become: [host.name for host in hosts if host.become is become] for become in (Become.SUDO, Become.DOAS)}
    lines = [f"as root by {become}, {where}: {', '.join(named)}" for become, named in by.items() if named]
    if plain := [host.name for host in hosts if host.become is Become.NONE]:
        lines.append(f"as root the same, as any other login in its own home (become = none): {', '.join(plain)}")
    return tuple(lines)


def _services(hosts: Sequence[Host]) -> tuple[str, ...]:
    """Which [[service]] it will look at."""
    named = {service.name: [h.name for h in hosts if service in h.services] for h in hosts for service in h.services}
    lines = [f"it watches {name} on {', '.join(where)}" for name, where in named.items()]
    composed = [h.name for h in hosts if any(service.compose for service in h.services)]
    if composed:
        lines.append(
            f"a small unit of root's asks docker which containers belong to which project, on {', '.join(composed)}"
        )
    return tuple(lines)
