"""From a spec to a plan: read what is shipped, look at hosts, say what would be different on each."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from clawtui.deploy.drafting import Wish, drafted, host_plan, kept_name, no_room, unfit
from clawtui.deploy.edge import KINDS
from clawtui.deploy.packing import Packer
from clawtui.deploy.plan import HostPlan, RolloutPlan
from clawtui.deploy.runner_zip import packed
from clawtui.deploy.spec import Spec
from clawtui.deploy.step import Phase, Step
from clawtui.deploy.steps import Cargo, sealed, steps, wants
from clawtui.deploy.survey import Reach, Survey, surveying
from clawtui.fleet.host import Host


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning needs beside a spec."""

    context: str
    reach: Reach
    packer: Packer
    wall: Callable[[], float]
    by: str

    async def planned(
        self, spec: Spec, hosts: Sequence[Host], secrets: str = "", *, adopt: bool = False
    ) -> RolloutPlan:
        """The whole plan. `secrets`: the keyed digest of their values; `adopt`: also over files that are not ours."""
        cargo, runner = await asyncio.gather(self.packer.cargo(secrets), asyncio.to_thread(packed))
        asked = wants(spec, cargo)
        async with surveying(hosts, spec.name, spec.place, asked, self.reach, runner) as survey:
            return await self._with(spec, hosts, cargo, survey, adopt=adopt)

    async def _with(
        self, spec: Spec, hosts: Sequence[Host], cargo: Cargo, survey: Survey, *, adopt: bool
    ) -> RolloutPlan:
        now = self.wall()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S")
        seal = sealed(spec, cargo)
        release = kept_name(seal, survey.facts, stamp)
        fits = await self.packer.fits(survey.facts)
        made = {name: steps(spec, cargo, fits[name], survey.facts[name], release) for name in survey.facts}
        if adopt:
            made = {name: tuple(map(_adopting, all_)) for name, all_ in made.items()}
        staged = {
            name: [one for one in all_ if one.phase is Phase.STAGE or one.kind in KINDS] for name, all_ in made.items()
        }
        looks = await survey.checked(staged)
        plans = dict[str, HostPlan]()
        for name, found in looks.items():
            facts = survey.facts[name]
            if full := no_room(spec, facts, cargo.blobs):
                survey.left[name] = full
                continue
            wrong = (*unfit(spec, facts), *fits[name].misfits)
            plans[name] = host_plan(spec, name, facts, release, made[name], found, now, wrong)
        houses = [fit.wheelhouse for fit in fits.values() if fit.wheelhouse]
        blobs = tuple(dict.fromkeys((*cargo.blobs, *houses)))
        wish = Wish(spec, self.context, release, f"{stamp}-{spec.name}-{seal[:4]}", self.by, now, blobs, cargo.warnings)
        return drafted(wish, hosts, plans, survey.behind)


def _adopting(step: Step) -> Step:
    return (
        replace(step, params={**step.params, "adopt": True}) if "files" in step.params and step.kind != "tree" else step
    )
