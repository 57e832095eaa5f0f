"""Where ssh's questions arrive: a 0600 unix socket in our 0700 folder, answered through the Prompts port."""

import asyncio
import json
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.clean import clean
from clawtui.fleet.patience import Patience
from clawtui.fleet.prompts import Prompts, touching

_PASSPHRASE = re.compile(r"Enter passphrase for (?:key )?'?(.*?)'?: ?")
_PASSWORD = re.compile(r"(.*)'s password: ?")
_CODE = re.compile(r"\(([^()\s]+@[^()\s]+)\) (.*?):? ?", re.DOTALL)
_TOUCH = re.compile(r"Confirm user presence for key (.*)")
BACKLOG = 256


@dataclass(slots=True)
class Conversation:
    """The questions of one login."""

    host: str
    pause: Patience
    give_up: Callable[[], None]
    # nobody answers: end the login instead of letting ssh send empty answers
    answered: list[str] = field(default_factory=list[str])
    unanswered: list[str] = field(default_factory=list[str])
    locked: list[str] = field(default_factory=list[str])
    # keys whose passphrase nobody gave, in words
    tried: set[str] = field(default_factory=set[str])
    # key files whose passphrase was given in this login


@dataclass(slots=True)
class Asking:
    """One for all logins of an engine."""

    prompts: Prompts
    folder: Path
    logins: dict[str, Conversation] = field(default_factory=dict[str, Conversation])
    passphrases: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    # by key file, in memory only, so that many hosts ask once
    asking: dict[str, "asyncio.Task[str | None]"] = field(default_factory=dict[str, "asyncio.Task[str | None]"])
    refused: set[str] = field(default_factory=set[str])
    # key files whose question was dismissed: it does not return by itself
    serving: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])
    server: asyncio.Server | None = None

    @property
    def socket(self) -> Path:
        """Where the helper connects."""
        return self.folder / "ask"

    @property
    def helper(self) -> Path:
        """The program that ssh starts."""
        return self.folder / "askpass"

    async def start(self) -> None:
        """Listen, and write the helper."""
        self.server = await asyncio.start_unix_server(self._serve, str(self.socket), backlog=BACKLOG)
        self.socket.chmod(0o600)
        program = Path(__file__).with_name("askpass.py")
        words = shlex.join([sys.executable, "-I", "-S", str(program)])
        self.helper.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        self.helper.chmod(0o700)

    def environment(self, name: str) -> dict[str, str]:
        """For one ssh; nothing secret, `ps` may show it."""
        return {
            "SSH_ASKPASS": str(self.helper),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": ":",  # an ssh before 8.4 asks only where there is one
            "CLAWTUI_ASK": str(self.socket),
            "CLAWTUI_ASK_FOR": name,
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        try:
            question = json.loads(await reader.readline())
            login = self.logins.get(question["of"])
            if login is not None:
                answer = await self._heard_out(login, str(question["prompt"]), str(question["hint"]), reader)
                if answer is not None:
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
        except (OSError, ValueError, KeyError):
            pass  # the helper was ended, or it is none
        finally:
            writer.close()

    async def _heard_out(self, login: Conversation, prompt: str, hint: str, reader: asyncio.StreamReader) -> str | None:
        """The answer; a question whose ssh has gone is withdrawn."""
        gone = asyncio.create_task(reader.read())
        with login.pause.paused():
            if hint == "none":
                await self._touch(login, prompt, gone)
                return None
            answer = asyncio.create_task(self._answer(login, prompt, hint))
            try:
                await asyncio.wait((gone, answer), return_when=asyncio.FIRST_COMPLETED)
                return answer.result() if answer.done() else None
            finally:
                gone.cancel()
                answer.cancel()
                await asyncio.gather(gone, answer, return_exceptions=True)

    async def _touch(self, login: Conversation, prompt: str, gone: "asyncio.Task[bytes]") -> None:
        found = _TOUCH.match(prompt)
        title = f"Touch your security key {clean(found[1], limit=80)}" if found else clean(prompt, limit=200)
        async with touching(self.prompts, login.host, title):
            await gone
        login.answered.append("touch")

    async def _answer(self, login: Conversation, prompt: str, hint: str) -> str | None:
        if hint == "confirm":
            return None  # ssh wants to change something of the operator's own: not through us
        if found := _PASSPHRASE.fullmatch(prompt):
            return await self._passphrase(login, found[1])
        title, way = _titled(prompt)
        answer = await self.prompts.secret(login.host, title)
        if answer is None:
            login.unanswered.append(title)
            login.give_up()
        else:
            login.answered.append(way)
        return answer

    async def _passphrase(self, login: Conversation, file: str) -> str | None:
        """Asked once, however many hosts wait for it; once more when it was wrong."""
        wrong = file in login.tried
        if wrong:
            self.passphrases.pop(file, None)
        if (known := self.passphrases.get(file)) is None and file not in self.refused:
            if file not in self.asking or self.asking[file].done():
                title = f"Passphrase for {file}{' (that was not it)' if wrong else ''}"
                self.asking[file] = asyncio.create_task(self.prompts.secret(login.host, title))
            known = await asyncio.shield(self.asking[file])
        if known is None:
            self.refused.add(file)
            login.locked.append(f"{file}: needs its passphrase; put it into ssh-agent (ssh-add {file})")
            return None
        self.passphrases[file] = known
        login.tried.add(file)
        return known

    async def close(self) -> None:
        """Withdraw every question and forget every answer."""
        self.passphrases.clear()
        if self.server:
            self.server.close()
        tasks = [*self.asking.values(), *self.serving]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _titled(prompt: str) -> tuple[str, str]:
    """The question as a person reads it, and what kind of way in it is."""
    if found := _PASSWORD.fullmatch(prompt):
        return f"Password of {clean(found[1], limit=100)}", "password"
    if found := _CODE.fullmatch(prompt):
        return clean(found[2].strip(), limit=200) or "An answer", "keyboard-interactive"
    return clean(prompt.strip(), limit=200).removesuffix(":"), "a secret"
