"""Sizes and durations as people write them: `500ms`, `1.5GiB`, `85%`."""

import re
from collections.abc import Mapping
from decimal import Decimal

SIZES: Mapping[str, float] = {
    "B": 1.0,
    "kB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "TB": 1e12,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
    "TiB": 2.0**40,
}
DURATIONS: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_QUANTITY = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[A-Za-z%/]*)", re.ASCII)


def quantity(text: str, units: Mapping[str, float]) -> float | None:
    """A number and one of these units, as a multiple of the unit that is 1; None where it is something else."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found["unit"] not in units:
        return None
    return float(Decimal(found["number"]) * Decimal(str(units[found["unit"]])))  # 70% is 0.7, not 0.7000000000000001
