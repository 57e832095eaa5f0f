"""Looking at hosts before anything is planned: all at once, no lock, nothing changed; who cannot be reached is named."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clawtui.deploy.facts import Facts, facts_of
from clawtui.deploy.far import Far, Message
from clawtui.deploy.plan import Left
from clawtui.deploy.runner_zip import RunnerZip
from clawtui.deploy.step import Step
from clawtui.errors import FarFailed, LinkError, NoRoot, WireError
from clawtui.fleet.become import Rights
from clawtui.fleet.host import Host
from clawtui.fleet.link import Link

SURVEY_S = 60.0
AT_ONCE = 64
Reach = Callable[[Host], Awaitable[tuple[Link, Rights]]]
Looks = dict[str, Message]
# step id → what its check answered


@dataclass(slots=True)
class Survey:
    """Hosts that were reached, with their lines still open, and those that were not."""

    facts: dict[str, Facts] = field(default_factory=dict[str, Facts])
    left: dict[str, str] = field(default_factory=dict[str, str])
    _fars: dict[str, Far] = field(default_factory=dict[str, Far])

    @property
    def behind(self) -> tuple[Left, ...]:
        """For the plan."""
        return tuple(Left(name, why) for name, why in self.left.items())

    async def checked(self, steps: Mapping[str, Sequence[Step]]) -> dict[str, Looks]:
        """What each step would change on its host; a host that is lost meanwhile is left behind."""
        names = [name for name in steps if name in self._fars]
        found = await asyncio.gather(*(self._checked(name, steps[name]) for name in names))
        return {name: looks for name, looks in zip(names, found, strict=True) if looks is not None}

    async def _checked(self, name: str, steps: Sequence[Step]) -> Looks | None:
        far = self._fars[name]
        try:
            answers = await asyncio.gather(*(_look(far, step) for step in steps))
        except FarFailed:
            raise
        except LinkError as failure:
            self.left[name] = failure.reason
            del self.facts[name]
            return None
        return {step.id: answer for step, answer in zip(steps, answers, strict=True)}

    async def begin(self, host: Host, ask: Callable[[Far], Awaitable[Facts]], far: Awaitable[Far]) -> None:
        """One host; what keeps a person from being let in there is raised, what keeps the host from answering is noted."""
        try:
            self._fars[host.name] = opened = await far
            self.facts[host.name] = await ask(opened)
        except (NoRoot, FarFailed):
            raise
        except LinkError as failure:
            self.left[host.name] = failure.reason
        except WireError as failure:
            self.left[host.name] = str(failure)

    async def close(self) -> None:
        """Hang up."""
        await asyncio.gather(*(far.close() for far in self._fars.values()))


@contextlib.asynccontextmanager
async def surveying(
    hosts: Sequence[Host], service: str, place: str, wants: Message, reach: Reach, runner: RunnerZip
) -> AsyncGenerator[Survey]:
    """Facts of all hosts."""
    room, survey = asyncio.Semaphore(AT_ONCE), Survey()

    async def opened(host: Host) -> Far:
        link, rights = await reach(host)
        return await Far.begin(link, rights, runner)

    async def asked(far: Far) -> Facts:
        await far.ask("open", {"service": service, "place": place}, within_s=SURVEY_S)
        return facts_of(far.host, far.hello, await far.ask("survey", wants, within_s=SURVEY_S))

    async def one(host: Host) -> None:
        async with room:
            await survey.begin(host, asked, opened(host))

    try:
        found = await asyncio.gather(*(one(host) for host in hosts), return_exceptions=True)
        for failure in found:
            if failure is not None:
                raise failure
        yield survey
    finally:
        await survey.close()


async def _look(far: Far, step: Step) -> Message:
    told: Message = {
        "id": step.id,
        "kind": step.kind,
        "params": step.params,
        "secret": {},
        "deadline_s": step.deadline_s,
    }
    return await far.ask("check", {"step": told}, within_s=SURVEY_S)
