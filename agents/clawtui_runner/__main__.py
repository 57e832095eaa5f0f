"""What is sent to a host as one file, and what it can be started as: USAGE."""

import sys
from typing import List

from clawtui_runner import digest, serve

USAGE = "usage: clawtui-runner serve [--silence S] | version\n"


def main(words: List[str]) -> int:
    """Exit codes as everywhere: 64 usage, 70 our fault."""
    if words == ["serve"]:
        return serve.main_serve()
    if words[:2] == ["serve", "--silence"] and len(words) == 3:
        return serve.main_serve(float(words[2]))
    if words == ["version"]:
        sys.stdout.write(digest.own() + "\n")
        return 0
    sys.stderr.write(USAGE)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
