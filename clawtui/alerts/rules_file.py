"""Rules from TOML: shipped ← system ← user, a later file replaces a rule of the same name whole.

A file with a mistake is refused whole, with file, line, key and what is allowed: a rule that was meant to wake somebody
must not be guessed at.
"""

import re
from collections.abc import Mapping
from typing import cast

from clawtui import shipped
from clawtui.alerts.rule import Bound, Rule, Severity
from clawtui.fleet.quantity import DURATIONS, SIZES, quantity
from clawtui.fleet.tables import Document, Table
from clawtui.metrics.names import metric
from clawtui.places import Places

FILE = "rules.toml"
VERSION = 1
KEYS = ("when", "clear", "for", "min", "severity")

_BOUND = re.compile(r"(?P<metric>[a-z0-9_.]+)\s*(?P<op>[<>])\s*(?P<limit>[^\s=<>].*)")
_PLAIN = {"": 1.0}
_ALLOWED: Mapping[str, Mapping[str, float]] = {
    "ratio": {"%": 0.01, **_PLAIN},
    "s": DURATIONS,
    "bytes": SIZES,
    "bytes/s": {f"{unit}/s": factor for unit, factor in SIZES.items()},
    "1/s": {"/s": 1.0, **_PLAIN},
    "W": {"W": 1.0, **_PLAIN},
}


def load_rules(places: Places) -> tuple[Rule, ...]:
    """All rules in force, in file order; raises ConfigError for the first mistake."""
    rules = parse_rules(Document.parse(shipped.read(FILE), f"shipped {FILE}"))
    for folder in (places.system, places.config):
        if (folder / FILE).exists():
            rules |= parse_rules(Document.read(folder / FILE))
    return tuple(rules.values())


def parse_rules(document: Document) -> dict[str, Rule]:
    """The rules of one file by name."""
    top = document.top()
    top.only(("version", "rule"))
    if top.whole("version", VERSION, 0, 10**9) != VERSION:
        raise top.error(
            f"this clawtui reads version {VERSION}; a newer clawtui wrote this file, upgrade it here", "version"
        )
    rules: dict[str, Rule] = {}
    for name, values in document.table("rule").values.items():
        place = f"rule.{name}"
        if not isinstance(values, dict):
            raise document.error(f"must be a table, written [{place}]", ("rule", 0, name), place)
        table = Table(document, place, 0, cast("dict[str, object]", values))
        rules[name] = _rule(name, table)
    return rules


def _rule(name: str, table: Table) -> Rule:
    table.only(KEYS)
    for key in ("when", "clear", "severity"):
        if key not in table:
            raise table.error("is missing; a rule needs when, clear and severity, and may have for and min", key)
    when, clear = _bound(table, "when"), _bound(table, "clear")
    if clear.metric != when.metric or clear.above == when.above:
        other = "<" if when.above else ">"
        raise table.error(f"must name the same metric the other way round: {when.metric} {other} …", "clear")
    if when.holds(clear.limit):
        raise table.error("must lie on the safe side of the limit of `when`, or it would never be over", "clear")
    enough = _bound(table, "min") if "min" in table else None
    if enough is not None and metric(enough.metric).scope != metric(when.metric).scope:
        raise table.error(f"must name a metric of the same scope as {when.metric} ({metric(when.metric).scope})", "min")
    severity = Severity(table.choice("severity", "", [str(severity) for severity in Severity]))
    origin = f"{table.document.file}:{table.line}" if table.line else table.document.file
    hold_s = _hold(table) if "for" in table else 0.0
    return Rule(name, when, clear, hold_s, severity, metric(when.metric).unit, enough, origin)


def _bound(table: Table, key: str) -> Bound:
    text = table.text(key)
    found = _BOUND.fullmatch(text.strip())
    if found is None:
        raise table.error(f'must be METRIC > LIMIT or METRIC < LIMIT, such as "cpu.busy > 85%", not "{text}"', key)
    try:
        known = metric(found["metric"])
    except KeyError as unknown:
        raise table.error(str(unknown.args[0]), key) from unknown
    limit = quantity(found["limit"], _ALLOWED.get(known.unit, _PLAIN))
    if limit is None:
        units = [unit for unit in _ALLOWED.get(known.unit, _PLAIN) if unit]
        wanted = f"with one of the units {' '.join(units)}" if units else "without a unit"
        raise table.error(f'{known.name} takes a number {wanted}, not "{found["limit"]}"', key)
    return Bound(known.name, found["op"] == ">", limit)


def _hold(table: Table) -> float:
    text = table.text("for")
    seconds = quantity(text, DURATIONS)
    if seconds is None:
        raise table.error(f'must be a duration such as "5s" or "5m", not "{text}"', "for")
    return seconds
