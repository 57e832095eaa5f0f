"""Unknown host keys and the person who may vouch for them: one question a key, and a single one where there are many."""

import asyncio
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass

from clawtui.errors import HostKeyUnknown
from clawtui.fleet.prompts import Prompts

FEW = 3
SETTLE_S = 0.25
# a new fleet's keys come within moments of each other
SETTLE_MOST_S = 3.0

Save = Callable[[str, str], Awaitable[None]]
# name and key, once somebody has vouched for it


@dataclass(frozen=True, slots=True)
class _Unvouched:
    host: str
    name: str
    error: HostKeyUnknown
    answer: "asyncio.Future[bool]"


class Asking:
    """Asks once a key, however many connections wait for the answer; a no stands until it is forgotten."""

    def __init__(self, prompts: Prompts, save: Save) -> None:
        self._prompts, self._save = prompts, save
        self._answers: dict[tuple[str, str], asyncio.Future[bool]] = {}
        self._waiting: list[_Unvouched] = []
        self._asker: asyncio.Task[None] | None = None

    async def vouched(self, host: str, name: str, error: HostKeyUnknown) -> bool:
        """Has somebody said yes, now or before?"""
        if not error.key:
            return False
        asked = (name, error.key)
        if asked not in self._answers:
            self._answers[asked] = asyncio.get_running_loop().create_future()
            self._waiting.append(_Unvouched(host, name, error, self._answers[asked]))
            if self._asker is None or self._asker.done():
                self._asker = asyncio.create_task(self._ask_all(), name="unknown host keys")
        return await asyncio.shield(self._answers[asked])

    def forget(self, names: Container[str]) -> None:
        """A no for these names stands no longer."""
        kept = {asked: answer for asked, answer in self._answers.items() if asked[0] not in names or _open(answer)}
        self._answers = kept

    async def close(self) -> None:
        """Nobody is asked any more."""
        if self._asker:
            self._asker.cancel()
            await asyncio.gather(self._asker, return_exceptions=True)
        for answer in self._answers.values():
            answer.cancel()

    async def _ask_all(self) -> None:
        while self._waiting:
            await self._settled()
            several, self._waiting = self._waiting, []
            hosts = tuple(one.host for one in several)
            each = len(several) <= FEW or await self._prompts.one_by_one(hosts)
            for one in several:
                try:
                    one.answer.set_result(each and await self._ask(one))
                except Exception as fault:  # noqa: BLE001 - whoever waits for the answer gets the fault, and names its host
                    one.answer.set_exception(fault)

    async def _ask(self, one: _Unvouched) -> bool:
        if not await self._prompts.trust(one.host, one.error.key, one.error.fingerprint):
            return False
        await self._save(one.name, one.error.key)
        return True

    async def _settled(self) -> None:
        """Until no further key has come for a moment."""
        end = asyncio.get_running_loop().time() + SETTLE_MOST_S
        seen = 0
        while seen < len(self._waiting) and asyncio.get_running_loop().time() < end:
            seen = len(self._waiting)
            await asyncio.sleep(SETTLE_S)


def _open(answer: "asyncio.Future[bool]") -> bool:
    """Not answered yet, or a yes: that one is in the file now."""
    return not answer.done() or (not answer.cancelled() and answer.exception() is None and answer.result())
