"""`clawtui version`: what to write into a report of a fault."""

import argparse
import importlib.metadata
import platform

from clawtui import __version__
from clawtui.cli.call import Call

STANDS_ON = ("asyncssh", "msgspec", "plotext", "psutil", "textual")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    del parser


def run(call: Call) -> int:
    """Print versions."""
    parts = {"clawtui": __version__, "python": platform.python_version()} | {n: _installed(n) for n in STANDS_ON}
    if call.options.json:
        call.out.json({"version": 1, "parts": parts})
    else:
        for name, version in parts.items():
            call.out.line(f"{name.ljust(10)}{version}")
    return 0


def _installed(name: str) -> str:
    """Version of a distribution without importing it."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
