"""A coordinator that dies by -9 once a record of its journal is on disk: `python -m tests.deploy.killed RECORD ID`."""

import os
import signal
import sys

from clawtui.cli.dispatch import dispatch
from clawtui.deploy.ledger import Ledger
from clawtui.deploy.rollout import Event


def main() -> int:
    """Exit status -9, or the rollout's own where it has fewer records."""
    record, rollout = int(sys.argv[1]), sys.argv[2]
    written, whole = [0], Ledger.write

    def write(ledger: Ledger, event: Event) -> None:
        whole(ledger, event)
        written[0] += 1
        if written[0] == record:
            os.kill(os.getpid(), signal.SIGKILL)

    Ledger.write = write  # type: ignore[method-assign]  # the one place where a death can be put exactly
    return dispatch(["deploy", "attach", rollout, "--coordinate"], os.environ)


if __name__ == "__main__":
    sys.exit(main())
