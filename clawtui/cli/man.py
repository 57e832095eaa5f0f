"""`clawtui man`: the manual page, made from the same texts as `--help`; `clawtui man | man -l -` shows it."""

import argparse
import shutil
import subprocess
import sys

from clawtui.cli.call import Call


def arguments(parser: argparse.ArgumentParser) -> None:
    """Show it, or its source."""
    parser.add_argument("--roff", action="store_true", help="the page's source, to be installed as clawtui.1")


def run(call: Call) -> int:
    """Through the machine's own man on a terminal; its source in a pipe, with --roff, or where there is no man."""
    from clawtui.cli.man_page import page

    text = page()
    viewer = shutil.which("man")
    if call.options.roff or not call.out.terminal or viewer is None:
        call.out.raw(text.encode())
        return 0
    sys.stdout.flush()
    return subprocess.run([viewer, "-l", "-"], input=text.encode(), env=dict(call.environ), check=False).returncode
