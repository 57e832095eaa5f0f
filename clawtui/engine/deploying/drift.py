"""What hosts have become since they were deployed to: every step of the newest rollout looked at again, nothing changed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.deploy.ledger import Ledger
from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.runner_zip import packed
from clawtui.deploy.step import Step
from clawtui.deploy.survey import Looks, surveying
from clawtui.engine.deploying.yard import Yard

LOOKED_AT = ("user", "packages", "venv", "tree", "secrets", "files", "site", "certificate", "cleanup")
# kinds whose work stays to be seen; where requests go is judged by what the host calls current


@dataclass(frozen=True, slots=True)
class Drift:
    """One host."""

    host: str
    reached: bool
    words: tuple[str, ...] = ()
    # each difference; empty where there is none


async def drifts(yard: Yard, ledger: Ledger) -> tuple[Drift, ...]:
    """Of all hosts of a rollout."""
    plan = await asyncio.to_thread(ledger.plan)
    hosts, runner = yard.hosts(plan), await asyncio.to_thread(packed)
    steps = {host.name: [step for step in host.steps if step.kind in LOOKED_AT] for host in plan.hosts}
    async with surveying(hosts, plan.service, plan.place, {}, yard.reach, runner) as survey:
        looks = await survey.checked(steps)
        current = {name: facts.state.current for name, facts in survey.facts.items()}
        gone = dict(survey.left)
    return tuple(
        Drift(host.name, reached=False, words=(gone[host.name],))
        if host.name in gone
        else Drift(host.name, reached=True, words=_words(plan, current[host.name], steps[host.name], looks[host.name]))
        for host in hosts
    )


def _words(plan: RolloutPlan, current: str, steps: Sequence[Step], looks: Looks) -> tuple[str, ...]:
    serves = () if current == plan.release else (f"{current or 'nothing'} is current, not {plan.release}",)
    differs = [step for step in steps if looks[step.id].get("state") != "same"]
    return (*serves, *(f"{step.words}: {looks[step.id].get('words')}" for step in differs))
