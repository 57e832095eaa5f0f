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
    ok: bool | None = True
    # None: only printed, or there was nothing to measure it against


def mark(ok: bool | None) -> str:
    """Four characters before a figure."""
    return "    " if ok is None else "ok  " if ok else "MISS"


def report(figures: list[Figure], argv: list[str] | None = None) -> int:
    """Print as JSON (`--json`) or as a table; 1 when a bar was missed."""
    if "--json" in (sys.argv[1:] if argv is None else argv):
        print(json.dumps([asdict(f) for f in figures]))
    else:
        for f in figures:
            print(f"{mark(f.ok)} {f.what:<72} {f.value:>10.4g} {f.unit:<8} {f.bar:<12} {f.peer}")
    return 1 if any(f.ok is False for f in figures) else 0
