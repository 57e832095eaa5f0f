"""The channel to the far runner on one host: questions and answers by number, output lines as they come, every wait bounded."""

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Self, cast

from clawtui.clean import clean
from clawtui.deploy.runner_zip import FOLDER, RunnerZip
from clawtui.errors import Deadline, FarFailed, LinkError, LinkLost, WireError
from clawtui.fleet.become import Rights, as_root
from clawtui.fleet.link import Channel, Link

BEGIN_S = 30.0
GRACE_S = 15.0
# more than a step's own deadline, which the host keeps
Message = dict[str, object]
_NEED = {"event": "need"}


@dataclass(slots=True)
class _Asked:
    answer: "asyncio.Future[Message]"
    say: Callable[[str], None]


@dataclass(slots=True)
class Far:
    """A runner that listens; an async context manager. A lost line ends it, and the runner ends its step and goes."""

    host: str
    channel: Channel
    hello: Message = field(default_factory=dict[str, object])
    _asked: dict[int, _Asked] = field(default_factory=dict[int, _Asked])
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _reader: "asyncio.Task[None] | None" = None
    _over: LinkError | None = None

    @classmethod
    async def begin(cls, link: Link, rights: Rights, runner: RunnerZip) -> Self:
        """Start it, sending it first where it does not lie there yet."""
        line = as_root(rights, _script(runner))
        far = cls(link.host.name, await link.open(line.command))
        try:
            async with asyncio.timeout(BEGIN_S):
                await far._greet(line.stdin, runner)
        except TimeoutError:
            await far.close()
            raise Deadline(far.host, f"the far runner did not say hello within {BEGIN_S:g} s") from None
        except BaseException:
            await far.close()
            raise
        far._reader = asyncio.create_task(far._read(), name=f"far {far.host}")
        return far

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def ask(
        self,
        do: str,
        fields: Mapping[str, object] | None = None,
        *,
        within_s: float,
        say: Callable[[str], None] = lambda _: None,
    ) -> Message:
        """Its answer; FarFailed where it says no, LinkLost or Deadline where nobody knows."""
        if self._over:
            raise self._over
        number = next(self._numbers)
        asked = _Asked(asyncio.get_running_loop().create_future(), say)
        self._asked[number] = asked
        try:
            async with asyncio.timeout(within_s):
                await self.channel.send(json.dumps({"id": number, "do": do, **(fields or {})}).encode())
                answer = await asked.answer
        except TimeoutError:
            raise Deadline(self.host, f"{do} was not answered within {within_s:g} s; it may still be done") from None
        finally:
            self._asked.pop(number, None)
        if answer.get("ok") is True:
            return answer
        raise _refusal(self.host, do, answer)

    @property
    def lost(self) -> bool:
        """The line has ended."""
        return self._over is not None

    async def close(self) -> None:
        """The runner ends the step under way, writes it down and goes; its lock is free then."""
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self.channel.close()

    async def _greet(self, given: bytes, runner: RunnerZip) -> None:
        lines = self.channel.lines()
        if given:
            await self.channel.send(given.removesuffix(b"\n"))
        said = list[str]()
        async for line in lines:
            message = _message(line)
            if message == _NEED:
                await self.channel.send(base64.b64encode(runner.content))
            elif message is not None and message.get("event") == "hello":
                self.hello = message
                return
            else:
                said.append(clean(line.decode("utf-8", "replace"), limit=160))
        raise FarFailed(self.host, f"the far runner did not start: {' · '.join(said[-3:]) or 'it said nothing'}")

    async def _read(self) -> None:
        try:
            async for line in self.channel.lines():
                self._take(line)
            self._end(LinkLost(self.host, "the far runner has gone"))
        except LinkError as failure:
            self._end(failure)
        except WireError as failure:
            self._end(LinkLost(self.host, str(failure)))

    def _take(self, line: bytes) -> None:
        message = _message(line)
        number = message.get("id") if message else None
        asked = self._asked.get(number) if isinstance(number, int) else None
        if message is None or asked is None:
            return
        if "out" in message:
            asked.say(str(message["out"]))
        elif not asked.answer.done():
            asked.answer.set_result(message)

    def _end(self, failure: LinkError) -> None:
        self._over = failure
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(failure)


def _script(runner: RunnerZip) -> str:
    """One round trip where it is there already. It comes as one line of base64 and is checked before it gets its name."""
    path, part = runner.path, f"{FOLDER}/.{runner.digest}.$$"
    return (
        "umask 022; "
        f"[ -s {path} ] || {{ mkdir -p {FOLDER} && echo '{json.dumps(_NEED)}' && IFS= read -r zip && "
        f"printf %s \"$zip\" | base64 -d >{part} && echo '{runner.digest}  '{part} | sha256sum -c --status && "
        f"mv {part} {path}; }} || {{ echo 'it could not be written to {FOLDER}'; exit 1; }} 2>&1; "
        f"exec python3 -I -S {path} serve"
    )


def _message(line: bytes) -> Message | None:
    try:
        value: object = json.loads(line)
    except ValueError:
        return None
    return cast("Message", value) if isinstance(value, dict) else None


def _refusal(host: str, do: str, answer: Message) -> FarFailed:
    found = answer.get("error")
    error = cast("Message", found) if isinstance(found, dict) else {}
    words = clean(str(error.get("words", f"{do} failed")), limit=400)
    code = str(error.get("code", "failed"))
    if code == "locked" and error.get("by"):
        age = error.get("age_s")
        words = f"{words}; held by {error['by']}" + (
            f", last heard of {age:g} s ago" if isinstance(age, int | float) else ""
        )
    return FarFailed(host, words, code=code, rollout=str(error.get("rollout", "")))
