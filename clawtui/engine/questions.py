"""Questions from links to the operator, over the boundary: a Prompt goes out, an AnswerPrompt comes back."""

import asyncio
from collections.abc import Callable
from itertools import count

from clawtui.engine.boundary import Event
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.boundary.prompts import AnswerPrompt, Prompt, PromptClosed
from clawtui.fleet.prompts import CONNECTING, many_unknown


class Questions:
    """Implements Prompts; a question waits until it is answered or the one who asked goes away."""

    def __init__(self, publish: Callable[[str, Event], None], asking: Callable[[str, str], None]) -> None:
        self._publish = publish
        self._asking = asking
        # host, and what it waits for: "" when answered
        self._ids = count(1)
        self.open: dict[str, Prompt] = {}
        self._answers: dict[str, asyncio.Future[str]] = {}

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        """Show the fingerprint and wait for yes or no."""
        kind = key.partition(" ")[0]
        text = (
            f"{host} shows a {kind} key that nobody has vouched for yet. Compare its fingerprint, then trust it or not."
        )
        title = f"Trust the key of {host}?"
        return await self._ask("host-key", host, title, text, fingerprint) == "yes"

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
        """One question instead of hundreds; every row says that it waits for the answer."""
        title, ways = many_unknown(hosts)
        for host in hosts[1:]:
            self._asking(host, title)
        try:
            text = f"{ways}\nOr compare each of them now, one after the other."
            return await self._ask("host-keys", hosts[0], title, text) == "yes"
        finally:
            for host in hosts[1:]:
                self._asking(host, "")

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:
        """A passphrase, password or code; an empty answer is none."""
        return await self._ask("secret", host, title, f"Needed {purpose} {host}; it is kept in memory only.") or None

    async def touch(self, host: str, title: str) -> None:
        """Stands until the key was touched; closing the dialog changes nothing."""
        text = f"{host} lets you in by a security key; it waits for your finger. Nothing is to be typed."
        await self._ask("touch", host, title, text)

    async def _ask(self, kind: str, host: str, title: str, text: str, fingerprint: str = "") -> str:
        prompt = Prompt(f"q{next(self._ids)}", kind, host, title, text, fingerprint)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.open[prompt.id], self._answers[prompt.id] = prompt, answer
        self._publish("prompts", prompt)
        self._asking(host, title)
        try:
            return await answer
        finally:
            del self.open[prompt.id], self._answers[prompt.id]
            self._publish("prompts", PromptClosed(prompt.id))
            self._asking(host, "")

    def answer(self, intent: AnswerPrompt) -> Outcome:
        """Hand an answer over."""
        waiting = self._answers.get(intent.id)
        if waiting is None or waiting.done():
            return Outcome(done=False, words="this question needs no answer any more", code=77)
        waiting.set_result(intent.text)
        return Outcome(done=True, words="")
