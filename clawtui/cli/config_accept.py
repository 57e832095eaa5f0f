"""`clawtui config accept [FILE]`: a fleet file of the current folder counts from now on, once somebody saw what it would run."""

import asyncio
import sys
from pathlib import Path

from clawtui.clean import clean
from clawtui.cli.call import Call
from clawtui.cli.tty import ask
from clawtui.errors import NoContext, Refused
from clawtui.fleet.offered import Offered

FILE = "fleet.toml"


def accepting(call: Call) -> int:
    """Show, ask, write it down; the digest of what was shown is what counts."""
    from clawtui.fleet.accepted import accept, accepted
    from clawtui.fleet.offered import offered

    path = Path.cwd() / (call.options.file or FILE)
    if path.name != FILE or not path.is_file():
        raise NoContext(f"a {FILE} is wanted: only that of the current folder has to be accepted", file=str(path))
    if accepted(call.places, path):
        return _told(call, path, "was accepted already")
    seen = offered(path, call.places.home, call.environ)
    if not call.options.yes:
        _asked(seen)
    accept(call.places, path, seen.digest)
    return _told(call, path, "counts in its folder, as long as neither it nor what it names beside it changes")


def _asked(seen: Offered) -> None:
    """Raises Refused for anything but yes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(f"nobody can be asked here; write --yes once you have read {seen.path}")
    for line in described(seen):
        sys.stderr.write(f"{clean(line)}\n")
    if asyncio.run(ask("type yes to let it count: ")).strip() != "yes":
        raise Refused("not accepted; nothing was written")


def described(seen: Offered) -> tuple[str, ...]:
    """What it is, and every command that it would have run here."""
    head = f"{seen.path}: context {seen.name}, {seen.words}"
    if not seen.runs:
        return head, "it names no command"
    return head, "it would have run on this machine:", *(f"  {command}" for command in seen.runs)


def _told(call: Call, path: Path, words: str) -> int:
    if call.options.json:
        call.out.json({"version": 1, "file": str(path), "accepted": True})
    else:
        call.out.line(f"{path} {words}")
    return 0
