"""Questions on the terminal; where there is none the answer is no, and the error says how to give it in words."""

import asyncio
import sys
from dataclasses import dataclass, field

from clawtui.clean import clean
from clawtui.fleet.prompts import CONNECTING, many_unknown


@dataclass(frozen=True, slots=True)
class TtyPrompts:
    """The Prompts port for verbs."""

    present: bool
    # there is somebody to ask
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    # one question at a time: a terminal has one line to type on

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        """Show the fingerprint and want a whole yes."""
        if not self.present:
            return False
        kind = key.split(" ", 1)[0]
        question = (
            f"{clean(host)}: nobody has vouched for its {clean(kind)} key {clean(fingerprint)} yet. Trust it (yes/no)? "
        )
        async with self.turn:
            return (await ask(question)).strip().lower() == "yes"

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
        """The ways out, and a whole yes to go through them all."""
        if not self.present:
            return False
        title, ways = many_unknown(tuple(map(clean, hosts)))
        return (await ask(f"{title}: {ways}\nSee each of them now (yes/no)? ")).strip().lower() == "yes"

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:  # noqa: ARG002 - a line is short, and the title says whose it is
        """Read without echo."""
        if not self.present:
            return None
        import getpass

        async with self.turn:
            try:
                return await asyncio.to_thread(getpass.getpass, f"{clean(host)}: {clean(title)}: ") or None
            except EOFError:
                return None

    async def touch(self, host: str, title: str) -> None:
        """Said on standard error; the finger is the answer."""
        if self.present:
            sys.stderr.write(f"{clean(host)}: {clean(title)}\n")
            sys.stderr.flush()


async def ask(question: str) -> str:
    """One line from the keyboard; an end of input is an empty answer. Asked on standard error, output stays clean."""

    def read() -> str:
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline()

    return await asyncio.to_thread(read)
