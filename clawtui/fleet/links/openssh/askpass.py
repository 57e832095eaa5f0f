"""Run by ssh as its SSH_ASKPASS: hands the question to clawtui over a unix socket and prints the answer.

Started with `python -I -S`: it knows nothing of clawtui and imports what starts fastest. A touch needs no answer:
ssh ends this process when the finger came.
"""

import json
import os
import socket
import sys


def main() -> int:
    """1 when there is no answer; ssh goes on without one."""
    question = {
        "of": os.environ.get("CLAWTUI_ASK_FOR", ""),
        "prompt": " ".join(sys.argv[1:]),
        "hint": os.environ.get("SSH_ASKPASS_PROMPT", ""),
    }
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.environ["CLAWTUI_ASK"])
        line.sendall(json.dumps(question).encode() + b"\n")
        answer = line.makefile("rb").readline()
    if not answer:
        return 1
    sys.stdout.write(json.loads(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
