"""What is sent to a host as one file, and what it can be started as: USAGE."""

import sys
from typing import List

from clawtui_runner import digest

USAGE = "usage: clawtui-runner serve [--silence S] | receive PLACE SHA256 SIZE OFFSET | revert PLACE ROLLOUT FENCE | version\n"


def main(words: List[str]) -> int:
    """Exit codes as everywhere: 64 usage, 70 our fault. Out of a zip Python compiles what it imports: each mode its own."""
    if words == ["serve"] or (words[:2] == ["serve", "--silence"] and len(words) == 3):
        from clawtui_runner import serve

        return serve.main_serve(*map(float, words[2:]))
    if words[:1] == ["receive"]:
        from clawtui_runner import receive

        return receive.main_receive(words[1:])
    if words[:1] == ["revert"] and len(words) == 4:
        from clawtui_runner import revert

        return revert.main_revert(words[1:])
    if words == ["version"]:
        sys.stdout.write(digest.own() + "\n")
        return 0
    sys.stderr.write(USAGE)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
