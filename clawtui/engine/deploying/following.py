"""Rollouts as they go on, for whoever looks: ledgers are read when they change, coordinators are attached to."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from clawtui.deploy.ledger import JOURNAL, PLAN, Ledger, folder_of, ledgers
from clawtui.engine.boundary.rollouts import Rollouts, RolloutsQuery, RolloutView
from clawtui.engine.deploying.yard import BEGIN_S, attached, seen
from clawtui.errors import ClawtuiError, UsageError
from clawtui.places import Places

LOOK_S = 1.0
TOLD = 20
# rollouts on the topic; history has the others
Mark = tuple[int, int, bool]
# of a journal: when it was written last, its size, and whether a coordinator holds it


class _Said(msgspec.Struct):
    """What of a coordinator's line is of interest here."""

    view: RolloutView | None = None


@dataclass(slots=True)
class Followed:
    """Those of one context that this user's ledgers know."""

    places: Places
    context: str
    told: Callable[[Rollouts], None]
    _views: dict[str, RolloutView] = field(default_factory=dict[str, RolloutView])
    _marks: dict[str, Mark] = field(default_factory=dict[str, Mark])
    _attached: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    @property
    def now(self) -> Rollouts:
        """All that are followed, the newest first; what steps said is left out where a rollout has ended before the last one."""
        newest = sorted(self._views.values(), key=lambda view: view.id, reverse=True)
        return Rollouts(
            tuple(view if view.under_way or not number else brief(view) for number, view in enumerate(newest))
        )

    async def follow(self, wanted: Callable[[], bool]) -> None:
        """Until cancelled; as long as nobody wants it, nothing is looked at."""
        try:
            while True:
                if wanted():
                    await self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            for task in self._attached.values():
                task.cancel()
            await asyncio.gather(*self._attached.values(), return_exceptions=True)

    async def look(self) -> None:
        """Once: what changed on disk is read, who coordinates is attached to."""
        changed = await asyncio.to_thread(self._changed)
        for name, view, busy in changed:
            self._views[name] = view
            if busy and name not in self._attached:
                task = asyncio.create_task(self._attend(name), name=f"rollout {name}")
                self._attached[name] = task
        if changed:
            self.told(self.now)

    def _changed(self) -> list[tuple[str, RolloutView, bool]]:
        """In a thread: the ledgers that look different from last time."""
        found: list[tuple[str, RolloutView, bool]] = []
        for ledger in ledgers(self.places)[:TOLD]:
            name, mark = ledger.folder.name, _mark(ledger)
            if self._marks.get(name) == mark or (name in self._attached and mark[2]):
                continue
            self._marks[name] = mark
            with contextlib.suppress(ClawtuiError):  # one that cannot be read is told by the verb that names it
                view = whole(ledger, busy=mark[2])
                if view.under_way and not mark[2] and view.state != "interrupted":
                    self._marks.pop(name)  # it begins; if nobody comes, that is seen a while later
                if view.context == self.context:
                    found.append((name, view, mark[2]))
        return found

    async def _attend(self, name: str) -> None:
        """What its coordinator says, until it says no more."""
        ledger = Ledger(folder_of(self.places) / name)
        try:
            async with attached(self.places, ledger) as (reader, _):
                async for line in reader:
                    if (view := msgspec.json.decode(line, type=_Said).view) is not None:
                        self._views[name] = view
                        self.told(self.now)
        except (ClawtuiError, OSError, ValueError):
            pass  # it has ended, or does not listen yet: the next look reads its ledger
        finally:
            self._marks.pop(name, None)
            self._attached.pop(name, None)


def brief(view: RolloutView) -> RolloutView:
    """Without what steps said."""
    return replace(view, hosts=tuple(replace(host, steps=()) for host in view.hosts), log=())


def whole(ledger: Ledger, *, busy: bool) -> RolloutView:
    """As its journal tells; one that has not ended and is coordinated by nobody says so first."""
    view = seen(ledger)
    if busy or not view.under_way or _begins(ledger):
        return view
    verdict = f"interrupted, its coordinator is gone: clawtui deploy resume goes on ({view.verdict})"
    return replace(view, state="interrupted", verdict=verdict, timer=None, lock_age_s=None, code=None)


def _begins(ledger: Ledger) -> bool:
    """Its coordinator has just been started and has written nothing yet."""
    try:
        journal = (ledger.folder / JOURNAL).stat().st_size
    except OSError:
        journal = 0
    return not journal and time.time() - (ledger.folder / PLAN).stat().st_mtime < BEGIN_S


def history(places: Places, context: str, query: RolloutsQuery) -> Rollouts:
    """Of one context, the newest first; one alone is whole."""
    if query.id:
        ledger = next((one for one in ledgers(places) if one.folder.name == query.id), None)
        if ledger is None:
            raise UsageError(f"no rollout {query.id!r} is known here")
        return Rollouts((whole(ledger, busy=ledger.busy()),))
    found = (view for view in _readable(ledgers(places)) if view.context == context)
    return Rollouts(tuple(brief(view) for _, view in zip(range(max(0, query.last)), found, strict=False)))


def _readable(every: Iterable[Ledger]) -> Iterable[RolloutView]:
    for ledger in every:
        with contextlib.suppress(ClawtuiError):
            yield whole(ledger, busy=ledger.busy())


def _mark(ledger: Ledger) -> Mark:
    try:
        about = (ledger.folder / JOURNAL).stat()
    except OSError:
        return 0, 0, False
    return about.st_mtime_ns, about.st_size, ledger.busy()
