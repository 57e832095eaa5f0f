"""`service start|stop|restart SELECTOR [NAME]`: a service's unit on many hosts, in waves."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from clawtui import shipped
from clawtui.clean import clean
from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.in_waves import ordered
from clawtui.errors import UsageError
from clawtui.fleet.become import as_root
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.link import Ending, Link
from clawtui.fleet.selector import select

TIMEOUT_S = 150.0
BACK = {"start": "stop", "stop": "start", "restart": ""}


@dataclass(frozen=True, slots=True)
class ServiceAct:
    """One word for it."""

    word: str

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Which unit on which host; a name may be left out where every host has one service only."""
        words, order = ordered(list(words))
        if len(words) not in (1, 2):
            raise UsageError(f"write service {self.word} SELECTOR [NAME]")
        hosts, name = select(fleet, words[0]), words[1] if len(words) == 2 else ""
        units = {host.name: _unit(host, name) for host in hosts}
        in_waves = order.waves(hosts)
        count = f"{len(hosts)} host{'s' if len(hosts) != 1 else ''}"
        shown = name or ", ".join(sorted(set(units.values())))
        undo, deployed = BACK[self.word], f"(what is deployed as {name})"
        return Draft(
            verb=f"service {self.word}",
            title=f"{self.word.upper()} {shown} on {count}",
            hosts=hosts,
            lines=(f"on {', '.join(host.name for host in hosts)}", "as root, by systemctl", *order.lines(in_waves)),
            reverts=f"clawtui service {undo} {' '.join(words)}" if undo else "cannot be undone",
            commands=tuple(f"systemctl {self.word} {unit or deployed}" for unit in sorted(set(units.values()))),
            details={"name": name, **{f"unit {host}": unit for host, unit in units.items()}},
            waves=in_waves,
            limit=order.limit,
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """It is well when the unit stays as it was asked to be."""
        text = shipped.read("templates/service.sh")
        words = (text, "service", self.word, draft.details[f"unit {link.host.name}"], draft.details["name"])
        line = as_root(await draft.becoming.rights(link), f"sh -c {shlex.join(words)}")
        reply = await link.run(line.command, stdin=line.stdin, timeout_s=TIMEOUT_S)
        said = reply.text or reply.stderr.decode("utf-8", "replace").strip() or reply.note
        ending = "unknown" if reply.ending is Ending.UNKNOWN else "ok" if reply.ending is Ending.OK else "failed"
        return HostOutcome(link.host.name, ending, clean(said.rpartition("\n")[2], limit=300), reply.status)


def _unit(host: Host, name: str) -> str:
    """Of the fleet file; empty where the host itself has to know what was deployed under this name."""
    if not name:
        units = [service.unit for service in host.services if service.unit]
        if len(units) != 1:
            raise UsageError(f"{host.name} has {len(units)} services with a unit: name the one that is meant")
        return units[0]
    found = next((service for service in host.services if service.name == name), None)
    if found is not None and not found.unit:
        raise UsageError(f"{name} on {host.name} is no unit of systemd: {host.origin}")
    return found.unit if found else ""
