"""Asks amdgpu, by its files in /sys: `python3 -I -S amdgpu.py SYS`. A line of bus addresses in, a line of JSON out.

A program of its own: these files are answered by the card's own controller, which may hang.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Union

NOT_OFFERED = "not offered by amdgpu for this card"
Value = Union[float, str]


def card(path: str) -> list[Value] | str:
    """The seven values of one card, each a number or why there is none."""
    if not os.path.isdir(path):
        return "the card is gone: it was unplugged or fell off the bus"
    sensors = _sensors(path)
    power = _number(f"{sensors}/power1_average", 1e6)
    return [
        _number(f"{path}/gpu_busy_percent", 100.0),
        _number(f"{path}/mem_info_vram_used", 1.0),
        _number(f"{path}/mem_info_vram_total", 1.0),
        _number(f"{sensors}/temp1_input", 1000.0),
        power if isinstance(power, float) else _number(f"{sensors}/power1_input", 1e6),
        NOT_OFFERED,
        _errors(f"{path}/ras"),
    ]


def _sensors(path: str) -> str:
    try:
        names = sorted(os.listdir(f"{path}/hwmon"))
    except OSError:
        names = []
    return f"{path}/hwmon/{names[0]}" if names else f"{path}/hwmon"


def _errors(folder: str) -> Value:
    """Uncorrectable errors of all blocks: files that say `ue: 0` and `ce: 12`."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith("_err_count")]
        texts = [_read(f"{folder}/{name}") for name in names]
    except FileNotFoundError:
        return NOT_OFFERED
    except OSError as error:
        return _words(error)
    counts = [line.split(":")[1] for text in texts for line in text.splitlines() if line.startswith("ue:")]
    try:
        return float(sum(int(count) for count in counts)) if counts else NOT_OFFERED
    except ValueError:
        return "amdgpu counts errors in a way that is not known here"


def _number(path: str, per: float) -> Value:
    try:
        return int(_read(path)) / per
    except OSError as error:
        return NOT_OFFERED if isinstance(error, (FileNotFoundError, NotADirectoryError)) else _words(error)
    except ValueError:
        return f"{os.path.basename(path)} holds no number"


def _read(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read(4096)


def _words(error: OSError) -> str:
    return "no permission" if isinstance(error, PermissionError) else f"amdgpu says: {error.strerror}"


def main() -> None:
    """Until nobody asks any more."""
    root = sys.argv[1]
    for line in sys.stdin.buffer:
        cards = {
            address: card(f"{root}/bus/pci/devices/{address}") for address in line.decode("ascii", "replace").split()
        }
        os.write(1, json.dumps({"cards": cards}).encode() + b"\n")


if __name__ == "__main__":
    main()
