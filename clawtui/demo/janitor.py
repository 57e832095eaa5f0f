"""The one process that outlives the demo, for a moment: it ends what is left and removes the folder.

Run by path with `python -I -S janitor.py FOLDER`, standard library only, in a session of its own, so that nothing that
happens to the demo happens to it. Standard input is a pipe that only the demo holds: when it ends, however, work begins.
"""

import os
import shutil
import signal
import sys
import time

MARK = b"CLAWTUI_DEMO="


def main() -> None:
    """Wait for the end of the demo, then leave nothing behind."""
    folder = sys.argv[1]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    for _ in range(100):
        left = _marked(folder)
        for pid in left:
            _kill(pid)
        if not left:
            break
        time.sleep(0.02)
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.05)


def _marked(folder: str) -> list[int]:
    """Processes of ours whose environment names this demo's folder; Linux only, elsewhere the pipes have ended them."""
    wanted, me = MARK + os.fsencode(folder), os.getpid()
    found: list[int] = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():  # noqa: PTH112, PTH208  pathlib is not loaded
        if not name.isdigit() or int(name) == me:
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123  as above
                if wanted in file.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            continue
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return


if __name__ == "__main__":
    main()
