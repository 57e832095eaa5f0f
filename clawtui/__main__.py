"""`clawtui` and `python -m clawtui`."""

import os
import sys

from clawtui.cli.dispatch import dispatch


def main() -> int:
    """The console script; its value becomes the exit code."""
    return dispatch(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.exit(main())
