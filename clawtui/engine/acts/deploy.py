"""`deploy apply [FILE|SPEC] [SELECTOR]`, `adopt SPEC HOST`, `undo [SERVICE] [RELEASE]`: set going, carried out elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet

if TYPE_CHECKING:
    from clawtui.deploy.plan import RolloutPlan
    from clawtui.engine.deploying.yard import Yard


class Deploy:
    """To a release that is made from a folder, or by a plan that was made before."""

    def __init__(self, yard: "Yard") -> None:
        self._yard = yard

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:  # noqa: ARG002 - the yard has the fleet
        """Look at hosts, without changing anything."""
        if len(words) > 2:
            raise UsageError("write deploy apply [FILE|SPEC] [SELECTOR]")
        file, selector = Path(words[0] if words else "."), words[1] if len(words) > 1 else ""
        made_before = file.suffix == ".json"
        if made_before and selector:
            raise UsageError("a plan fixes its hosts: leave the selector out, or plan anew")
        plan = self._yard.read(file) if made_before else await self._yard.planned(file, selector)
        return _draft(self._yard, plan, "deploy apply", sealed=made_before)

    async def carry_out_all(self, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
        """Its coordinator runs when this returns."""
        return await begin(self._yard, draft)


class DeployAdopt:
    """The same on one host or a few, over files there that are not ours: the plan shows what they lose."""

    def __init__(self, yard: "Yard") -> None:
        self._yard = yard

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:  # noqa: ARG002 - the yard has the fleet
        """Look at hosts, without changing anything."""
        if len(words) != 2:
            raise UsageError("write deploy adopt SPEC HOST: whose files are taken over has to be said")
        plan = await self._yard.planned(Path(words[0]), words[1], adopt=True)
        return _draft(self._yard, plan, "deploy adopt", sealed=False)

    async def carry_out_all(self, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
        """Its coordinator runs when this returns."""
        return await begin(self._yard, draft)


class DeployUndo:
    """To a release that hosts have already: nothing is moved."""

    def __init__(self, yard: "Yard") -> None:
        self._yard = yard

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:  # noqa: ARG002 - the yard has the fleet
        """What a rollout under way has changed so far; else look at hosts, without changing anything."""
        from clawtui.engine.deploying.orders import ordering, under_way
        from clawtui.engine.deploying.undo import undoing

        if len(words) > 2:
            raise UsageError("write deploy undo [SERVICE] [RELEASE]")
        if len(words) < 2 and await under_way(self._yard, *words) is not None:
            return await ordering(self._yard, "undo", *words)
        plan = await undoing(self._yard, *words)
        return _draft(self._yard, plan, "deploy undo", sealed=False, armed=False)

    async def carry_out_all(self, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
        """Its coordinator runs when this returns, or knows that it has to go back."""
        from clawtui.deploy.plan import RolloutPlan

        if not isinstance(draft.work, RolloutPlan):
            from clawtui.engine.deploying.orders import given

            return await given(self._yard, draft)
        return await begin(self._yard, draft)


async def catching_up(yard: "Yard", named: str = "") -> Draft:
    """The hosts that a finished rollout left behind get the same release, or none."""
    from clawtui.deploy.rollout import left
    from clawtui.engine.deploying.yard import ledger_of

    ledger = ledger_of(yard.places, named)
    before = ledger.plan()
    behind = left(before, ledger.state())
    if not behind:
        raise UsageError(f"{ledger.folder.name} is over and left no host behind; deploy apply begins another one")
    plan = await yard.planned(Path(before.spec), ",".join(behind))
    if plan.release.rpartition("-")[2] != before.release.rpartition("-")[2]:
        changed = f"{before.spec} has changed since {before.release}: deploy apply rolls out what it is now"
        raise UsageError(changed)
    return _draft(yard, plan, "deploy resume", sealed=False)


def _draft(yard: "Yard", plan: "RolloutPlan", verb: str, *, sealed: bool, armed: bool = True) -> Draft:
    from clawtui.deploy.plan import digest
    from clawtui.engine.deploying.words import lines, title

    idle = plan.nothing and not plan.refused
    return Draft(
        verb=verb,
        title=title(plan),
        hosts=() if idle else yard.hosts(plan),
        lines=lines(plan),
        reverts=f"clawtui deploy undo {plan.service}" + (f" (to {plan.previous})" if plan.previous else ""),
        refused=yard.refused(plan),
        commands=(f"rollout {plan.id}, plan {digest(plan)[:12]}",),
        details={"digest": digest(plan)},
        guarded=not idle,
        armed=armed,
        sealed=sealed,
        work=plan,
    )


async def begin(yard: "Yard", draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
    """Its coordinator runs when this returns."""
    from clawtui.deploy.plan import RolloutPlan

    plan = draft.work
    assert isinstance(plan, RolloutPlan)
    if not draft.hosts:
        return "nothing to do", ()
    await yard.begin(plan)
    words = f"rollout {plan.id} is under way"
    return words, tuple(HostOutcome(host.name, "ok", words) for host in draft.hosts)
