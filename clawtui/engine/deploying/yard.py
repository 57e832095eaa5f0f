"""Where rollouts are planned and set going, and how their coordinators are spoken to."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from clawtui.deploy import plan as plan_file
from clawtui.deploy.control import socket_of
from clawtui.deploy.digests import Digests
from clawtui.deploy.freeze import frozen, window
from clawtui.deploy.ledger import Ledger, folder_of, ledgers
from clawtui.deploy.packing import Packer
from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.planning import Planner
from clawtui.deploy.rollout import folded
from clawtui.deploy.secrets import digest_key, fetched
from clawtui.deploy.spec_file import read_spec
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.deploying.view import view
from clawtui.errors import ClawtuiError, ConfigError, Refused, UsageError
from clawtui.fleet.become import Rights
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.link import Link
from clawtui.fleet.selector import select
from clawtui.history.actions import operator
from clawtui.places import Places

BEGIN_S = 20.0
LINE = 1 << 26
# a state of a rollout over many hosts is one line


@dataclass(frozen=True, slots=True)
class Yard:
    """Of one engine."""

    fleet: Fleet
    places: Places
    links: Connections
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    async def planned(self, file: Path, selector: str = "", *, adopt: bool = False) -> RolloutPlan:
        """From a service.toml, or the folder that it lies in. `adopt`: files that are not ours are taken over."""
        spec = await asyncio.to_thread(read_spec, file)
        hosts = select(self.fleet, selector or spec.hosts)
        values = await fetched(spec.secrets, self.environ, spec.file.parent)
        sealed = values.digest(spec.name, await asyncio.to_thread(digest_key, self.places)) if spec.secrets else ""
        digests = await asyncio.to_thread(Digests, self.places.cache / "digests.json")
        packer = Packer(spec, self.places, self.environ, digests)
        planner = Planner(self.fleet.name, self.reach, packer, time.time, operator(self.environ))
        return await planner.planned(spec, hosts, sealed, adopt=adopt)

    def read(self, file: Path) -> RolloutPlan:
        """A plan that was made before, for this context."""
        plan = plan_file.read(file)
        if plan.context != self.fleet.name:
            raise UsageError(f"{file} is for context {plan.context}, this is {self.fleet.name}")
        self.hosts(plan)
        return plan

    def hosts(self, plan: RolloutPlan) -> tuple[Host, ...]:
        """Of a plan; UsageError where the fleet has them no more."""
        found = {host.name: self.fleet.host(host.name) for host in plan.hosts}
        gone = [name for name, host in found.items() if host is None]
        if gone:
            raise UsageError(f"{', '.join(gone)} is in the plan and no longer in {self.fleet.name}: plan anew")
        return tuple(host for host in found.values() if host is not None)

    def refused(self, plan: RolloutPlan) -> str:
        """Why it may not be carried out now."""
        if plan.refused:
            return plan.refused
        now = datetime.now(UTC)
        if (held := frozen(map(window, plan.freeze), now)) is not None:
            return f"frozen ({held.text}) until {held.ends(now):%a %Y-%m-%d %H:%M} UTC"
        return ""

    async def begin(self, plan: RolloutPlan) -> Ledger:
        """Write it down and start its coordinator, which outlives us; Refused or ClawtuiError where that fails."""
        ledger = Ledger(folder_of(self.places) / plan.id)
        await asyncio.to_thread(ledger.begin, plan)
        await self.coordinate(ledger)
        return ledger

    async def coordinate(self, ledger: Ledger) -> None:
        """Start a coordinator for what the ledger says, and wait until it listens."""
        if ledger.busy():
            raise Refused(f"{ledger.folder.name} is being coordinated already: clawtui deploy attach")
        argv = [sys.executable, "-m", "clawtui", *self._flags(), "deploy", "attach", ledger.folder.name, "--coordinate"]
        with ledger.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        ended = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(BEGIN_S):
                while not ended.done() and not await self._listens(ledger):
                    await asyncio.wait({ended}, timeout=0.05)
        except TimeoutError:
            raise ClawtuiError(f"the coordinator does not answer; see {ledger.log}") from None
        if ended.done() and not ledger.state().over:
            said = ledger.log.read_text("utf-8", "replace").splitlines()
            raise ClawtuiError(f"the coordinator has ended: {said[-1] if said else 'it said nothing'}")

    async def _listens(self, ledger: Ledger) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(socket_of(self.places, ledger.folder.name))
        except OSError:
            return False
        writer.close()
        return True

    def _flags(self) -> Sequence[str]:
        """How another process finds the same fleet."""
        origin = Path(self.fleet.origin.file)
        if origin.parent in (self.places.contexts, self.places.system / "contexts"):
            return ("--context", self.fleet.name)
        return ("--fleet", str(origin.absolute()))

    async def reach(self, host: Host) -> tuple[Link, Rights]:
        """A connection, and how root is reached there."""
        link = await self.links.link(host)
        return link, await self.links.becoming.rights(link)


def ledger_of(places: Places, rollout: str, *, running: bool = False) -> Ledger:
    """By its id or service: the one that is being coordinated, else the newest that was not refused its hosts."""
    meant = [ledger for ledger in ledgers(places) if rollout in ("", ledger.folder.name, ledger.service)]
    for ledger in meant:
        if ledger.busy():
            return ledger
    if meant and not running:
        return next((ledger for ledger in meant if not _refused(ledger)), meant[0])
    if running:
        raise Refused("no rollout is under way here" + (f" for {rollout}" if rollout else ""))
    raise UsageError(f"no rollout {rollout!r} is known here" if rollout else "no rollout is known here yet")


def _refused(ledger: Ledger) -> bool:
    """It changed nothing; also one that cannot be read: the verb that names it says why."""
    try:
        return seen(ledger).state == "refused"
    except ConfigError:
        return True


@contextlib.asynccontextmanager
async def attached(places: Places, ledger: Ledger) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A line to a coordinator."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket_of(places, ledger.folder.name), limit=LINE)
    except OSError as failure:
        raise Refused(f"{ledger.folder.name} has no coordinator now; clawtui deploy resume starts one") from failure
    try:
        yield reader, writer
    finally:
        writer.close()


async def ordered(places: Places, ledger: Ledger, do: str, **more: str) -> None:
    """Give an order; Refused with the coordinator's words."""
    async with asyncio.timeout(BEGIN_S), attached(places, ledger) as (reader, writer):
        writer.write(json.dumps({"do": do, **more}).encode() + b"\n")
        while line := await reader.readline():
            answer = json.loads(line)
            if "refused" in answer:
                raise Refused(str(answer["refused"]))
            if "done" in answer:
                return
    raise Refused(f"{ledger.folder.name}: its coordinator has ended")


def seen(ledger: Ledger) -> RolloutView:
    """As its journal tells; who coordinates it now has more to say."""
    plan = ledger.plan()
    return view(plan, folded(plan, ledger.events()), time.time())
