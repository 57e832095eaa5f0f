"""`trust SELECTOR`: connect, so that an unknown key is asked about; a host that lets us in has been vouched for."""

from collections.abc import Sequence

from clawtui.engine.act import Draft
from clawtui.engine.boundary import HostOutcome
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet
from clawtui.fleet.link import Link
from clawtui.fleet.selector import select


class Trust:
    """The question itself is the link's (Prompts.trust): nobody's key is accepted by confirming a plan."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Which hosts are connected to."""
        if len(words) != 1:
            raise UsageError("write trust SELECTOR, for example trust web-1")
        hosts = select(fleet, words[0])
        many = "s" if len(hosts) != 1 else ""
        return Draft(
            verb="trust",
            title=f"LOOK AT THE KEY of {len(hosts)} host{many}",
            hosts=hosts,
            lines=("each unknown key is shown and asked about; a changed one is refused",),
            reverts="removing its line from known_hosts",
            guarded=False,
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """The connection stands, so its key is trusted."""
        del draft
        return HostOutcome(host=link.host.name, ending="ok", words="its key is trusted", status=0)
