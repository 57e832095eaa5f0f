"""`clawtui hosts [SELECTOR]`: what the inventories say; and how a first fleet file is written from what ssh and Ansible know."""

import argparse

from clawtui.cli.call import Call
from clawtui.cli.session import fleet_of
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.way import hops

SHOWN = 6


def arguments(parser: argparse.ArgumentParser) -> None:
    """Selector, or a first fleet file."""
    parser.add_argument("selector", metavar="SELECTOR", nargs="?", default="all", help="web*, @group, site=eu …")
    parser.add_argument("--pick", metavar="PATTERNS", help="hosts of ssh or Ansible to make a context of: 'web-*,@db'")
    parser.add_argument("--write", metavar="NAME", help="with --pick: the context's name; writes contexts/NAME.toml")


def run(call: Call) -> int:
    """Print hosts, or write a context."""
    options = call.options
    if bool(options.pick) != bool(options.write):
        raise UsageError("--pick PATTERNS and --write NAME go together")
    if options.pick:
        from clawtui.cli.first_run import write_context

        path, names = write_context(call.places, dict(call.environ), options.write, options.pick)
        call.out.line(f"{path}: {len(names)} host{'s' if len(names) != 1 else ''}: {', '.join(names)}")
        return 0
    from clawtui.fleet.selector import select

    fleet = fleet_of(call)
    chosen = select(fleet, options.selector)
    if options.json:
        hosts = [_document(fleet, host) for host in chosen]
        call.out.json({"version": 1, "context": fleet.name, "hosts": hosts})
    else:
        _table(call, fleet, chosen)
    return 0


def _table(call: Call, fleet: Fleet, chosen: tuple[Host, ...]) -> None:
    head = ("NAME", "ADDRESS", "PORT", "USER", "THROUGH", "GROUPS", "LABELS", "BY", "FROM")
    rows = [
        (
            host.name,
            host.target,
            str(host.port),
            host.user or "-",
            " → ".join(host.jump) or "-",
            ",".join(host.groups) or "-",
            ",".join(f"{key}={value}" for key, value in _attributes(host).items()) or "-",
            host.transport.value,
            str(host.origin),
        )
        for host in chosen
    ]
    call.out.table(head, rows, ["bad" if host.refusal else "" for host in chosen])
    for reason, names in _refused(chosen).items():
        some = f"{', '.join(names[:SHOWN])}{f' and {len(names) - SHOWN} more' if len(names) > SHOWN else ''}"
        call.out.line(f"{some} {'is' if len(names) == 1 else 'are'} refused: {reason}", look="bad")
    if call.out.terminal:
        call.out.line(f"{len(chosen)} of {len(fleet.hosts)} hosts of {fleet.name} ({fleet.policy.kind})", look="dim")


def _refused(hosts: tuple[Host, ...]) -> dict[str, list[str]]:
    """Names by reason."""
    found: dict[str, list[str]] = {}
    for host in hosts:
        if host.refusal:
            found.setdefault(host.refusal, []).append(host.name)
    return found


def _attributes(host: Host) -> dict[str, str]:
    """Site, region and labels in one."""
    own = {"site": host.site, "region": host.region}
    return {key: value for key, value in own.items() if value} | dict(host.labels)


def _document(fleet: Fleet, host: Host) -> dict[str, object]:
    return {
        "name": host.name,
        "address": host.target,
        "port": host.port,
        "user": host.user,
        "aliases": list(host.aliases),
        "jump": list(host.jump),
        "jump_origin": str(host.jump_origin),
        "bastions": [_bastion(hop) for hop in hops(fleet, host)],
        "groups": list(host.groups),
        "site": host.site,
        "region": host.region,
        "labels": dict(host.labels),
        "become": host.become.value,
        "transport": host.transport.value,
        "transport_why": host.transport_why,
        "services": [service.name for service in host.services],
        "origin": str(host.origin),
        "refusal": host.refusal,
        "left_out": host.ssh_options.get("left out", ""),
    }


def _bastion(hop: Host) -> dict[str, object]:
    return {
        "hop": hop.name,
        "address": hop.target,
        "port": hop.port,
        "user": hop.user,
        "origin": str(hop.origin),
    }
