"""In which order the hosts of a rollout change: a canary, then growing shares, never mixing what must stay apart. Pure."""

from collections.abc import Sequence

from clawtui.deploy.plan import Wave
from clawtui.deploy.spec import Rollout
from clawtui.fleet.host import Host
from clawtui.fleet.waves import amount

CANARY = "canary"


def ordered(hosts: Sequence[Host], rollout: Rollout) -> tuple[Wave, ...]:
    """Every host in one wave; shares are counted from the first host of its group."""
    few = amount(rollout.canary, len(hosts))
    first = min(len(hosts), few or (1 if rollout.canary.strip("0%") else 0))
    made = [Wave(CANARY, _names(hosts[:first]))] if 0 < first < len(hosts) else []
    taken = set(made[0].hosts) if made else set[str]()
    for label, group in _groups(hosts, rollout.by):
        made += _shares(label, group, taken, rollout.waves)
    return tuple(made)


def _shares(label: str, group: Sequence[Host], taken: set[str], shares: Sequence[str]) -> list[Wave]:
    """ "25%", "100%": up to a quarter of the group, then the rest; whatever is said, nobody is forgotten."""
    made = list[Wave]()
    for share in (*shares, "100%"):
        upto = max(1, amount(share, len(group)))
        names = tuple(name for name in _names(group[:upto]) if name not in taken)
        if names:
            made.append(Wave(f"{label} {len(made) + 1}".strip(), names))
            taken.update(names)
    return made


def _groups(hosts: Sequence[Host], by: str) -> list[tuple[str, list[Host]]]:
    groups: dict[str, list[Host]] = {}
    for host in hosts:
        groups.setdefault(_value(host, by), []).append(host)
    return list(groups.items())


def _value(host: Host, by: str) -> str:
    if not by:
        return ""
    return {"site": host.site, "region": host.region}.get(by) or host.labels.get(by, "") or f"no {by}"


def _names(hosts: Sequence[Host]) -> tuple[str, ...]:
    return tuple(host.name for host in hosts)
