"""One measured figure, its bar and its peer; every benchmark prints a list of them."""

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of RESULTS.md."""

    what: str
    value: float
    unit: str
    bar: str = ""
    # "≤ 16" in words; empty where the figure is only printed
    peer: str = ""
    # what a peer needed in the same run: "node-exporter 37.8"
    ok: bool = True


def report(figures: list[Figure], argv: list[str] | None = None) -> int:
    """Print as JSON (`--json`) or as a table; 1 when a bar was missed."""
    if "--json" in (sys.argv[1:] if argv is None else argv):
        print(json.dumps([asdict(f) for f in figures]))
    else:
        for f in figures:
            sign = "ok  " if f.ok else "MISS"
            print(f"{sign} {f.what:<72} {f.value:>10.4g} {f.unit:<8} {f.bar:<12} {f.peer}")
    return 0 if all(f.ok for f in figures) else 1
