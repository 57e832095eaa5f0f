"""Unknown host keys and the person who may vouch for them: one question a key, and a single one where there are many."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
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
        self._question: asyncio.Future[bool] | None = None
        self._asked_about: Sequence[_Unvouched] = ()

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
        """What was answered or is being asked about these names stands no longer: their keys were settled elsewhere."""
        for (name, _), answer in self._answers.items():
            if name in names and not answer.done():
                answer.set_result(False)
        self._answers = {asked: answer for asked, answer in self._answers.items() if asked[0] not in names}
        if self._question and all(one.answer.done() for one in self._asked_about):
            self._question.cancel()

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
            several, self._waiting = [one for one in self._waiting if not one.answer.done()], []
            each = True
            for one in several:
                try:
                    if one is several[0] and len(several) > FEW:
                        hosts = tuple(one.host for one in several)
                        each = await self._put(several, self._prompts.one_by_one(hosts))
                    yes = each and not one.answer.done() and await self._ask(one)
                    if not one.answer.done():
                        one.answer.set_result(yes)
                except Exception as fault:  # noqa: BLE001 - whoever waits for the answer gets the fault, and names its host
                    each = False
                    if not one.answer.done():
                        one.answer.set_exception(fault)

    async def _ask(self, one: _Unvouched) -> bool:
        if not await self._put([one], self._prompts.trust(one.host, one.error.key, one.error.fingerprint)):
            return False
        await self._save(one.name, one.error.key)
        return True

    async def _put(self, several: Sequence[_Unvouched], question: Coroutine[None, None, bool]) -> bool:
        """Ask; no answer is needed any more when all that it is about was settled elsewhere."""
        self._asked_about = several
        self._question = asyncio.ensure_future(question)
        try:
            return await self._question
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me and me.cancelling():
                self._question.cancel()
                raise
            return False
        finally:
            self._question = None

    async def _settled(self) -> None:
        """Until no further key has come for a moment."""
        end = asyncio.get_running_loop().time() + SETTLE_MOST_S
        seen = 0
        while seen < len(self._waiting) and asyncio.get_running_loop().time() < end:
            seen = len(self._waiting)
            await asyncio.sleep(SETTLE_S)
