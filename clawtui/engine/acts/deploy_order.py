"""`deploy next|abort|resume [ROLLOUT|SERVICE]`: what a rollout under way is told, once its plan was seen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet

if TYPE_CHECKING:
    from clawtui.engine.deploying.yard import Yard


class DeployNext:
    """The next wave now."""

    word: ClassVar[str] = "next"

    def __init__(self, yard: "Yard") -> None:
        self._yard = yard

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:  # noqa: ARG002 - the yard has the fleet
        """As its coordinator sees it at this moment."""
        from clawtui.engine.deploying.orders import ordering

        if len(words) > 1:
            raise UsageError(f"write deploy {self.word} [ROLLOUT|SERVICE]")
        return await ordering(self._yard, self.word, *words)

    async def carry_out_all(self, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
        """The order is given when this returns."""
        from clawtui.engine.deploying.orders import given

        return await given(self._yard, draft)


class DeployAbort(DeployNext):
    """Hosts that are not kept go back."""

    word = "abort"


class DeployResume(DeployNext):
    """One that was interrupted or waits goes on; one that is over catches up the hosts that it left behind."""

    word = "resume"

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Whichever it is."""
        from clawtui.engine.acts.deploy import catching_up
        from clawtui.engine.deploying.orders import under_way

        if len(words) < 2 and await under_way(self._yard, *words) is None:
            return await catching_up(self._yard, *words)
        return await super().draft(words, fleet)

    async def carry_out_all(self, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
        """A rollout of its own for those that were left behind."""
        from clawtui.deploy.plan import RolloutPlan
        from clawtui.engine.acts.deploy import begin

        if isinstance(draft.work, RolloutPlan):
            return await begin(self._yard, draft)
        return await super().carry_out_all(draft)
