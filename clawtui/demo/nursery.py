"""`python -m clawtui.demo.nursery`: imports the SSH server once and forks every demo host from it.

One line on standard input is the path of a host's spec; one line on standard output, `NAME PID`, says that it answers.
Standard input is held by the demo: when it ends, nursery and hosts end.
"""

import json
import os
import signal
import sys
from pathlib import Path

from clawtui.demo import host, leash


def main() -> None:
    """Fork for ever. The kernel forgets the dead by itself; whether one lives is the demo's question."""
    leash.hold(int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getpid()
    with open(0, "rb", buffering=0, closefd=False) as orders:
        for line in orders:
            if os.fork() == 0:
                _be(line.decode().strip(), parent)


def _be(spec: str, parent: int) -> None:
    """In the child: become the host."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        host.serve(json.loads(Path(spec).read_text()), parent)
    except BaseException:  # noqa: BLE001  edge of the process: said in the log, then it is over
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
