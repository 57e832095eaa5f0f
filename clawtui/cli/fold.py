"""Names of hosts in few words: gpu-01 gpu-02 gpu-03 → gpu-[01-03]."""

import re
from collections.abc import Iterable

_NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$")


def fold(names: Iterable[str]) -> str:
    """Runs of numbers become ranges; the rest is listed. Widths are kept, so 1 and 01 stay apart."""
    series: dict[tuple[str, int, str], list[int]] = {}
    rest: list[str] = []
    for name in dict.fromkeys(names):
        match = _NUMBERED.match(name)
        if match:
            before, digits, after = match.groups()
            width = len(digits) if digits.startswith("0") else 0
            series.setdefault((before, width, after), []).append(int(digits))
        else:
            rest.append(name)
    _join(series)
    folded = [f"{before}{_ranges(numbers, width)}{after}" for (before, width, after), numbers in series.items()]
    return ",".join([*folded, *rest])


def _join(series: dict[tuple[str, int, str], list[int]]) -> None:
    """08 09 10: an unpadded number as wide as a padded series belongs to it."""
    for before, width, after in [key for key in series if key[1]]:
        plain = series.get((before, 0, after), [])
        fitting = [number for number in plain if len(str(number)) == width]
        series[before, width, after] += fitting
        left = [number for number in plain if number not in fitting]
        if left:
            series[before, 0, after] = left
        else:
            series.pop((before, 0, after), None)


def _ranges(numbers: list[int], width: int) -> str:
    """`[1-3,7]`; a single number stands bare."""
    parts: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    words = [str(a).zfill(width) if a == b else f"{a:0{width}d}-{b:0{width}d}" for a, b in parts]
    return words[0] if len(numbers) == 1 else f"[{','.join(words)}]"
