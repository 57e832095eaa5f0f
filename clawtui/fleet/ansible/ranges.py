"""Host patterns of Ansible: `web[01:10:2].example`, `db-[a:f]`, `[2001:db8::1]:22`, `web:2222`."""

import ipaddress
import re
import string
from itertools import product

MOST_HOSTS = 10_000
_BRACKETED = re.compile(r"\[(.+)\]:([0-9]+)")
_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)")
_RANGE = re.compile(r"\[([^\]\[]*)\]")
_LABEL = re.compile(r"(?:[\w.-]|\[(?:[0-9]+:[0-9]+|[a-z]:[a-z])(?::[0-9]+)?\])+", re.IGNORECASE)


def expand(pattern: str) -> tuple[list[str], int]:
    """Names, and the port behind them or 0; ValueError with the reason where it is no pattern."""
    name, port = pattern, 0
    found = _BRACKETED.fullmatch(pattern) or _PORT.fullmatch(pattern)
    if found and (_is_address(found[1]) or _LABEL.fullmatch(found[1])):
        name, port = found[1], int(found[2][:6])
    if _is_address(name):
        return [name], port
    if pattern.endswith(":"):
        raise ValueError("a colon stands before a port")
    parts = _RANGE.split(name)
    if any("[" in part or "]" in part for part in parts[::2]):
        raise ValueError("a bracket is not closed; a range is written [01:10]")
    choices = [_steps(part) if number % 2 else [part] for number, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MOST_HOSTS:
        raise ValueError(f"means more than {MOST_HOSTS} hosts")
    return ["".join(combination) for combination in product(*choices)], port


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _steps(text: str) -> list[str]:
    """`01:10`, `a:f`, with an optional step."""
    first, _, rest = text.partition(":")
    last, _, step = rest.partition(":")
    first = first or "0"
    if not last or not (step or "1").isdecimal() or int(step[:6] or "1") == 0:
        raise ValueError(f"[{text}] must be a range such as [01:10] or [a:f]")
    every = int(step[:6] or "1")
    letters = string.ascii_letters
    if len(first) == len(last) == 1 and first in letters and last in letters:
        if letters.index(first) > letters.index(last):
            raise ValueError(f"[{text}] must run upwards")
        return list(letters[letters.index(first) : letters.index(last) + 1 : every])
    if not (first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()) or len(first + last) > 40:
        raise ValueError(f"[{text}] must be a range such as [01:10] or [a:f]")
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    if width and width != len(last):
        raise ValueError(f"[{text}] must begin and end with as many digits")
    numbers = range(int(first), int(last) + 1, every)
    if len(numbers) > MOST_HOSTS:
        raise ValueError(f"[{text}] means more than {MOST_HOSTS} hosts")
    return [str(number).zfill(width) for number in numbers]
