"""How long the first things take: `--help`, `hosts`, and the TUI's first frame in a pty with a fleet that does not answer.

The bar for the first frame, 350 ms, was set on a machine where `import textual.app` alone took 170 ms; where that takes longer
the bar grows with it.
"""

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.figures import Figure, report

TIMES = 7


def wall(act: Callable[[], None]) -> float:
    """Median of several runs in ms, after one that warms the caches."""
    act()
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


def command(*words: str) -> Callable[[], None]:
    """A run of clawtui or Python that prints to nowhere."""

    def run() -> None:
        subprocess.run(
            [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )

    return run


def first_frame(fleet: Path, sign: bytes) -> Callable[[], None]:
    """Start the TUI in a pty and wait until a host's name is painted, then end it."""

    def run() -> None:
        process, terminal = pty.fork()
        if process == 0:
            env = {**os.environ, "TERM": "xterm-256color", "HOME": str(fleet.parent), "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, "-m", "clawtui", "--fleet", str(fleet)], env)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        seen = b""
        try:
            while sign not in seen:
                if not select.select([terminal], [], [], 20)[0]:
                    raise RuntimeError(f"no frame within 20 s, only {seen[-300:]!r}")
                seen += os.read(terminal, 65536)
        finally:
            os.kill(process, 9)
            os.close(terminal)
            os.waitpid(process, 0)

    return run


def main() -> int:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Path(folder) / "fleet.toml"
        hosts = "".join(f'[[host]]\nname = "far-{i:02}"\naddress = "127.0.0.1"\nport = 9\n' for i in range(20))
        fleet.write_text(f'version = 1\n[context]\nname = "bench"\nkind = "dev"\n{hosts}')
        bare = wall(command("-c", "pass"))
        textual = wall(command("-c", "import textual.app"))
        help_ = wall(command("-m", "clawtui", "--help"))
        listed = wall(command("-m", "clawtui", "hosts", "--fleet", str(fleet)))
        frame = wall(first_frame(fleet, b"far-00"))
    bar = 350 * max(1.0, textual / 170)
    return report(
        [
            Figure("`clawtui --help`", help_, "ms", "≤ 150", f"bare Python {bare:.0f}", help_ <= 150),
            Figure("`clawtui hosts`, 20 hosts", listed, "ms", "≤ 300", f"bare Python {bare:.0f}", listed <= 300),
            Figure(
                "first frame of the TUI, no host has answered",
                frame,
                "ms",
                f"≤ {bar:.0f}",
                f"`import textual.app` alone {textual:.0f}",
                frame <= bar,
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
