"""One host of a rollout: its line, its lock, its signs of life, and its jobs step by step, each looked at before it is done."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast

from clawtui.clean import clean
from clawtui.deploy.far import GRACE_S, Far, Message
from clawtui.deploy.plan import HostPlan, RolloutPlan
from clawtui.deploy.rollout import Ending, Event, Job, What
from clawtui.deploy.runner_zip import RunnerZip
from clawtui.deploy.step import Phase, Step
from clawtui.errors import AuthFailed, Deadline, FarFailed, HostKeyChanged, HostKeyUnknown, LinkError, LinkLost
from clawtui.fleet.become import Rights
from clawtui.fleet.link import Link

BEAT_S = 5.0
ANSWER_S = 20.0
CHECK_S = 60.0
OUTPUT = 200
# lines of a step that are kept
HOOK = "hook"
# the one kind that happens here and not on the host: params say the word for apply and for undo
PHASES = {Job.STAGE: Phase.STAGE, Job.SWITCH: Phase.SWITCH, Job.KEEP: Phase.KEEP, Job.FINISH: Phase.FINISH}


@dataclass(frozen=True, slots=True)
class Shop:
    """What all hosts of a rollout share."""

    reach: Callable[[str], Awaitable[tuple[Link, Rights]]]
    # a connection and how root is reached there
    runner: RunnerZip
    secrets: Mapping[str, str]
    bring: Callable[[Link, Rights, str, Callable[[str], None]], Awaitable[Mapping[str, object]]]
    # bytes with this digest to a host; what its step has to be told beside its params
    drain: Callable[[str, str], Awaitable[str]]
    # the hook: drain or undrain, host; why it did not work
    tell: Callable[[Event], None]
    wall: Callable[[], float]
    owner: str
    origin: str


class Carrier:
    """Does jobs; what comes of each is an ending with words, never an exception."""

    def __init__(self, plan: RolloutPlan, host: HostPlan, shop: Shop) -> None:
        self.plan, self.host, self.shop = plan, host, shop
        self.name = host.name
        self.armed_left_s: float | None = None
        self._far: Far | None = None
        self._ways: tuple[Link, Rights] | None = None
        self._beats: asyncio.Task[None] | None = None
        self._busy = False

    async def do(self, job: Job, *, again: bool) -> Event:
        """Carry one out. `again`: it was locked by this rollout before."""
        self._busy = True
        try:
            return await self._ending(job, again=again)
        finally:
            self._busy = False

    async def _ending(self, job: Job, *, again: bool) -> Event:
        began = self.shop.wall()
        try:
            ending, words = await self._job(job, again=again)
        except FarFailed as failure:
            refused = failure.code in ("locked", "conflict", "refused", "fence")
            ending, words = (Ending.REFUSED if refused else Ending.FAILED), failure.reason
        except (AuthFailed, HostKeyUnknown, HostKeyChanged) as failure:
            ending, words = (
                (Ending.CREDENTIALS if again and isinstance(failure, AuthFailed) else Ending.LOST),
                failure.reason,
            )
        except LinkError as failure:
            if job is not Job.LOCK:
                return self._cut(failure)
            ending, words = Ending.LOST, failure.reason
        if job is Job.LOCK and ending not in (Ending.OK, Ending.GONE):
            await self.close()
        now = self.shop.wall()
        return Event(now, What.ENDED, self.name, job, ending=ending, words=words, seconds=now - began)

    async def healthy(self) -> tuple[bool, float] | None:
        """Does the new instance run and answer now, and how long that took; None where the host cannot be asked."""
        verify = next((step for step in self.host.steps if step.kind == "verify"), None)
        if verify is None or self._far is None or self._far.lost:
            return None
        began = asyncio.get_running_loop().time()
        told = {**self._told(verify, {}), "kind": "instance"}
        with contextlib.suppress(LinkError):
            answer = await self._far.ask("check", {"step": told}, within_s=ANSWER_S)
            return answer.get("state") == "same", asyncio.get_running_loop().time() - began
        return None

    async def record(self, what: str, **more: object) -> None:
        """A verdict in the host's journal."""
        with contextlib.suppress(LinkError):
            if self._far:
                record = {"what": what, "release": self.plan.release, **more}
                await self._far.ask("record", {"record": record}, within_s=ANSWER_S)

    async def close(self) -> None:
        """Hang up: the runner ends its step and the lock is free."""
        if self._beats:
            self._beats.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beats
            self._beats = None
        if self._far:
            await self._far.close()
            self._far = None

    # ------------------------------------------------------------ jobs

    async def _job(self, job: Job, *, again: bool) -> tuple[Ending, str]:
        if job is Job.LOCK:
            return await self._lock(again=again)
        if job is Job.REVERT:
            return await self._revert()
        steps = self.host.of(PHASES[job])
        changed = await self._steps(steps)
        if job is Job.FINISH:
            await self.record("confirmed")
        return (Ending.OK if changed else Ending.SAME), ""

    async def _lock(self, *, again: bool) -> tuple[Ending, str]:
        await self.close()
        link, rights = self._ways = await self.shop.reach(self.name)
        self._far = far = await Far.begin(link, rights, self.shop.runner)
        await far.ask("open", {"service": self.plan.service, "place": self.plan.place}, within_s=ANSWER_S)
        await self._unarmed(far)
        await self._take(far, again=again)
        self._beats = asyncio.create_task(self._beat(far), name=f"beat {self.name}")
        if again and (words := await self._went_back(far)):
            return Ending.GONE, words
        return Ending.OK, ""

    async def _unarmed(self, far: Far) -> None:
        """Another rollout's dead-man that still counts: under our newer fence it would do nothing, so it goes off first."""
        answer = await far.ask("survey", within_s=CHECK_S)
        armed = _object(_object(answer.get("facts")).get("armed"))
        if armed and armed.get("rollout") != self.plan.id:
            left = armed.get("left_s")
            words = f"rollout {armed.get('rollout')} is between two releases here and goes back by itself in {left} s"
            raise FarFailed(self.name, f"{words}; resume or undo that one, or wait", code="locked")

    async def _take(self, far: Far, *, again: bool) -> None:
        said = {"rollout": self.plan.id, "owner": self.shop.owner, "from": self.shop.origin}
        try:
            await far.ask("lock", {**said, "take": False}, within_s=ANSWER_S)
        except FarFailed as failure:
            if failure.code != "locked" or failure.rollout != self.plan.id or not again:
                raise
            reason = "the line of this rollout's coordinator was lost"
            await far.ask("lock", {**said, "take": True, "reason": reason}, within_s=ANSWER_S)

    async def _went_back(self, far: Far) -> str:
        """Did the host go back by itself while nobody was there?"""
        answer = await far.ask("journal", {"after": 0}, within_s=ANSWER_S)
        records = [_object(record) for record in cast("list[object]", answer.get("records") or [])]
        ours = [record for record in records if record.get("rollout") == self.plan.id]
        verdicts = [
            str(record.get("what")) for record in ours if record.get("what") in ("switched", "reverted", "kept")
        ]
        return "it had gone back by itself" if verdicts and verdicts[-1] == "reverted" else ""

    async def _steps(self, steps: tuple[Step, ...]) -> bool:
        """In order; all are looked at in one go first, and once something has changed each is looked at again."""
        far = self._line()
        looks = await asyncio.gather(*(self._check(far, step) for step in steps))
        changed = False
        for step, look in zip(steps, looks, strict=True):
            now = await self._check(far, step) if changed else look
            changed = await self._step(far, step, now) or changed
        return changed

    async def _check(self, far: Far, step: Step) -> Message:
        if step.kind == HOOK:
            return {"state": "differs"}  # only the balancer knows
        return await far.ask("check", {"step": self._told(step, self._secret(step))}, within_s=CHECK_S)

    async def _step(self, far: Far, step: Step, look: Message) -> bool:
        if look.get("state") == "same":
            self._tell(step, Ending.SAME, words=str(look.get("words", "")))
            return False
        if look.get("state") == "conflict":
            self._tell(step, Ending.FAILED, words=str(look.get("words", "")))
            raise FarFailed(self.name, f"{step.words}: {look.get('words')}", code="conflict")
        await self._done(far, "apply", step)
        return True

    async def _revert(self) -> tuple[Ending, str]:
        """Every step backwards; one that never began has nothing to take back and says so. Its files are set aside."""
        far = self._line()
        for step in reversed(self.host.steps):
            if step.phase is not Phase.FINISH and not step.irreversible:
                await self._done(far, "undo", step)
        await self.record("undone")
        return Ending.OK, ""

    async def _done(self, far: Far, do: str, step: Step) -> None:
        """Apply or undo one step; its last lines stay with it."""
        output = list[str]()

        def say(line: str) -> None:
            output.append(clean(line, limit=400))
            del output[:-OUTPUT]

        self._tell(step, None)
        began = self.shop.wall()
        try:
            secret = self._secret(step)
            if do == "apply" and step.blob and self._ways:
                secret |= {str(key): str(value) for key, value in (await self._bring(step, say)).items()}
            if step.kind == HOOK:
                await self._hook(step, do)
            else:
                within = step.deadline_s + GRACE_S
                await far.ask(do, {"step": self._told(step, secret)}, within_s=within, say=say)
        except FarFailed as failure:
            self._tell(step, Ending.FAILED, failure.reason, began, output)
            raise FarFailed(self.name, f"{step.words}: {failure.reason}", code=_code(failure)) from failure
        except LinkError as failure:
            self._tell(step, Ending.LOST, failure.reason, began, output)
            raise
        self._tell(step, Ending.UNDONE if do == "undo" else Ending.OK, "", began, output)

    async def _bring(self, step: Step, say: Callable[[str], None]) -> Mapping[str, object]:
        assert self._ways is not None
        link, rights = self._ways
        return await self.shop.bring(link, rights, step.blob, say)

    async def _hook(self, step: Step, do: str) -> None:
        word = step.params.get(do)
        if word and (words := await self.shop.drain(str(word), self.name)):
            raise FarFailed(self.name, words)

    # ------------------------------------------------------------ the line

    def _line(self) -> Far:
        if self._far is None:
            raise LinkLost(self.name, "there is no line to it")
        return self._far

    def _cut(self, failure: LinkError) -> Event:
        return Event(self.shop.wall(), What.CUT, self.name, words=failure.reason)

    async def _beat(self, far: Far) -> None:
        """A sign of life each few seconds; the loss of the line is told once, by whoever notices first."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                answer = await far.ask("beat", within_s=ANSWER_S)
            except (LinkLost, Deadline) as failure:
                await far.channel.close()
                if not self._busy:  # else the job that is under way tells it
                    self.shop.tell(self._cut(failure))
                return
            except LinkError:
                continue
            left = answer.get("armed_left_s")
            self.armed_left_s = float(left) if isinstance(left, int | float) else None

    def _secret(self, step: Step) -> dict[str, str]:
        """A kind's own, such as the key of a certificate, has the kind before its name."""
        known = self.shop.secrets
        return {name: known.get(f"{step.kind}:{name}") or known[name] for name in step.secrets}

    def _told(self, step: Step, secret: Mapping[str, str]) -> Message:
        told = {"id": step.id, "kind": step.kind, "params": step.params, "deadline_s": step.deadline_s}
        return {**told, "secret": dict(secret)}

    def _tell(
        self,
        step: Step,
        ending: Ending | None,
        words: str = "",
        began: float | None = None,
        output: list[str] | None = None,
    ) -> None:
        now = self.shop.wall()
        seconds = 0.0 if began is None else now - began
        self.shop.tell(
            Event(
                now,
                What.STEP,
                self.name,
                step=step.id,
                ending=ending,
                words=clean(words, limit=400),
                seconds=seconds,
                output=tuple(output or ()),
            )
        )


def _code(failure: FarFailed) -> str:
    return "failed" if failure.code in ("refused", "conflict") else failure.code


def _object(value: object) -> Message:
    return cast("Message", value) if isinstance(value, dict) else {}
