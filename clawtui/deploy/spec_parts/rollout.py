"""`[rollout]`: in which order and how fast; `[hooks]`: programs of one's own that have a say."""

import os
import re
from pathlib import Path

from clawtui.deploy.freeze import window
from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import GateLimits, Hooks, OnLost, Replace, Rollout

DEAD_MAN_LEAST_S = 60.0
_AMOUNT = re.compile(r"([0-9]{1,6})(%?)", re.ASCII)
_BY = re.compile(r"(label\.)?[A-Za-z0-9_][A-Za-z0-9_.-]*")


def rollout(keys: Keys, replace: Replace) -> Rollout:
    """Parse it; `replace` is what counts where nothing is said."""
    return Rollout(
        replace=Replace(keys.choice("replace", replace, list(Replace))),
        canary=_amount(keys, "canary", "1", least=0),
        waves=_waves(keys),
        by=_by(keys),
        max_unavailable=_amount(keys, "max_unavailable", "25%", least=1),
        unreachable=_amount(keys, "unreachable", "10%", least=0),
        bake_s=keys.seconds("bake", 60.0, most=7 * 86400.0),
        dead_man_s=keys.seconds("dead_man", 120.0, least=DEAD_MAN_LEAST_S, most=86400.0),
        on_lost=OnLost(keys.choice("on_lost", OnLost.REVERT, list(OnLost))),
        gates=_gates(keys.sub("gates")),
        keep=keys.whole("keep", 3, 1, 100),
        freeze=_freeze(keys),
    )


def hooks(keys: Keys) -> Hooks:
    """Each is a file that can be executed."""
    return Hooks(
        before=_program(keys, "before"),
        after=_program(keys, "after"),
        drain=_program(keys, "drain"),
        timeout_s=keys.seconds("timeout", 60.0, least=1.0, most=86400.0),
    )


def _gates(keys: Keys) -> GateLimits:
    ratio = keys.share("error_ratio", 0.005)
    if ratio is not None and ratio > 1:
        keys.fault("error_ratio", "is a share of all requests: 100% at most, such as 0.5%")
    return GateLimits(ratio, keys.share("p95", 0.2), keys.whole("requests", 50, 0, 10_000_000))


def _amount(keys: Keys, key: str, default: str, *, least: int) -> str:
    """A number of hosts: "2", 2 or "25%"."""
    value = keys.table.values.get(key, default)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    found = _AMOUNT.fullmatch(text)
    if found is None or (found[2] and int(found[1]) > 100):
        keys.fault(key, f'must be a number of hosts or a share of them, "2" or "25%", not {value!r}')
        return default
    if int(found[1]) < least:
        keys.fault(key, f"must be at least {least}{found[2]}, or nothing would ever be rolled out")
        return default
    return text


def _waves(keys: Keys) -> tuple[str, ...]:
    """Counted from the first host; shares grow, numbers grow, and the last wave ends with all hosts."""
    waves = keys.texts("waves", ("25%", "100%"))
    largest = {"": 0, "%": 0}
    for wave in waves:
        found = _AMOUNT.fullmatch(wave)
        if found is None or (found[2] and int(found[1]) > 100):
            keys.fault("waves", f'{wave!r} is no number of hosts and no share of them: waves = ["2", "25%", "100%"]')
        elif int(found[1]) <= largest[found[2]]:
            keys.fault("waves", f"{wave!r} adds no host; each counts from the first one, so they grow")
        else:
            largest[found[2]] = int(found[1])
    if not waves or waves[-1] != "100%":
        keys.fault("waves", 'must end with "100%", or some hosts would never have their turn')
    return waves


def _by(keys: Keys) -> str:
    by = keys.text("by")
    if by and not _BY.fullmatch(by):
        keys.fault("by", f'{by!r} is no attribute of hosts: "region", "site" or a label such as "rack"')
    return by.removeprefix("label.")


def _freeze(keys: Keys) -> tuple[str, ...]:
    found = keys.texts("freeze")
    for text in found:
        try:
            window(text)
        except ValueError as wrong:
            keys.fault("freeze", str(wrong))
    return found


def _program(keys: Keys, key: str) -> Path | None:
    path = keys.path(key)
    if path is not None and not os.access(path, os.X_OK):
        keys.fault(key, f"{path} is no program that you may run: chmod +x {path}")
    return path
