"""Run by ssh as its ProxyCommand with ProxyUseFdpass: connects to a socket of clawtui's and hands it to ssh.

Started with `python -I -S PATH`; it ends at once, so no process stands between ssh and the bastion.
"""

import socket
import sys


def main() -> int:
    """ssh expects one byte with the file descriptor on our standard output."""
    with socket.socket(socket.AF_UNIX) as line, socket.socket(fileno=1) as ssh:
        line.connect(sys.argv[1])
        socket.send_fds(ssh, [b"\0"], [line.fileno()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
