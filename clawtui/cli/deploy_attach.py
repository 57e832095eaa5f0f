"""Watching a rollout: a table on a terminal, a line for each event in a pipe, whole states with `--json`; its code at the end."""

import asyncio
import json

import msgspec

from clawtui.cli.call import Call
from clawtui.cli.deploy_table import Table, ending
from clawtui.cli.tty import TtyPrompts
from clawtui.deploy.ledger import Ledger
from clawtui.engine.boundary import encode
from clawtui.engine.boundary.prompts import Prompt, PromptClosed
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.deploying.yard import attached, seen
from clawtui.errors import Refused

PAUSED = 3


class Said(msgspec.Struct):
    """One line of a coordinator."""

    view: RolloutView | None = None
    prompt: Prompt | PromptClosed | None = None


async def attach(call: Call, ledger: Ledger) -> int:
    """Until it is over; ctrl+c leaves it to itself."""
    shown = _Shown(call)
    try:
        async with attached(call.places, ledger) as (reader, writer):
            await _lend(call, ledger, writer)
            asking = set[asyncio.Task[None]]()
            async for line in reader:
                said = msgspec.json.decode(line, type=Said)
                if said.view is not None:
                    shown.tell(said.view)
                elif isinstance(said.prompt, Prompt) and call.out.terminal:
                    task = asyncio.create_task(shown.asked(said.prompt, writer))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
                if shown.view is not None and shown.paused_alone:
                    break
    except Refused:
        pass  # it ended meanwhile: the ledger tells
    view = await asyncio.to_thread(seen, ledger) if not ledger.busy() else shown.view
    assert view is not None
    shown.end(view)
    return view.code if view.code is not None else PAUSED


async def _lend(call: Call, ledger: Ledger, writer: asyncio.StreamWriter) -> None:
    """Our SSH agent, where the coordinator's own is gone and it waits for somebody's."""
    agent = call.environ.get("SSH_AUTH_SOCK", "")
    if agent and (await asyncio.to_thread(ledger.state)).locked_out:
        writer.write(json.dumps({"do": "lend", "agent": agent}).encode() + b"\n")


async def _ask(prompt: Prompt, writer: asyncio.StreamWriter) -> None:
    """A question of a link, answered here."""
    here = TtyPrompts(present=True)
    if prompt.kind == "host-key":
        text = "yes" if await here.trust(prompt.host, "", prompt.fingerprint) else "no"
    elif prompt.kind == "secret":
        text = await here.secret(prompt.host, prompt.title) or ""
    else:
        await here.touch(prompt.host, prompt.title)
        return
    writer.write(json.dumps({"do": "answer", "id": prompt.id, "text": text}).encode() + b"\n")


class _Shown:
    """What was shown already."""

    def __init__(self, call: Call) -> None:
        self._out, self._json = call.out, bool(call.options.json)
        self._table = Table(call.out) if call.out.terminal and not self._json else None
        self._told: tuple[str, ...] = ()
        self._asking = 0
        self.view: RolloutView | None = None

    @property
    def paused_alone(self) -> bool:
        """Nobody here can answer."""
        return self.view is not None and self.view.state == "paused" and self._table is None

    async def asked(self, prompt: Prompt, writer: asyncio.StreamWriter) -> None:
        """A question has the terminal to itself."""
        self._asking += 1
        try:
            await _ask(prompt, writer)
        finally:
            self._asking -= 1
            if self._table is not None:
                self._table.begin()

    def tell(self, view: RolloutView) -> None:
        """What is new in it."""
        self.view = view
        if self._asking:
            return
        if self._json:
            self._out.raw(encode(view) + b"\n")
        elif self._table is not None:
            self._table.show(view)
        else:
            self._lines(view)

    def end(self, view: RolloutView) -> None:
        """The last word."""
        self._asking = 0
        self.tell(view)
        if not self._json:
            ending(self._out, view)

    def _lines(self, view: RolloutView) -> None:
        """The log is the tail of all events: what follows the last line that was shown is new."""
        new = view.log
        if self._told and self._told[-1] in new:
            new = new[len(new) - new[::-1].index(self._told[-1]) :]
        for line in new:
            self._out.line(line)
        self._told = view.log or self._told
