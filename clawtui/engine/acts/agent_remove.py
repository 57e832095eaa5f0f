"""`agent remove SELECTOR`: the agent and everything it made, its history too."""

from collections.abc import Sequence

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.in_waves import ordered
from clawtui.errors import AgentError, UsageError
from clawtui.fleet.host import Fleet
from clawtui.fleet.link import Link
from clawtui.fleet.selector import select


class AgentRemove:
    """Leaves nothing."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Name what goes."""
        words, order = ordered(list(words))
        if len(words) != 1:
            raise UsageError("write agent remove SELECTOR, for example agent remove web-1")
        hosts = select(fleet, words[0])
        in_waves = order.waves(hosts)
        many = "s" if len(hosts) != 1 else ""
        return Draft(
            verb="agent remove",
            title=f"REMOVE THE AGENT from {len(hosts)} host{many}",
            hosts=hosts,
            lines=(
                f"on {', '.join(host.name for host in hosts)}",
                "service, program, socket, user and group clawtui-agent",
                "its rings too: 24 h by second and 30 days by minute are gone for good",
                *order.lines(in_waves),
            ),
            reverts=f"clawtui agent install {words[0]}, without the history",
            commands=("stop and remove clawtui-agent, its folders, user and group",),
            reconnect=True,
            waves=in_waves,
            limit=order.limit,
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """Do it on one host."""
        from clawtui.fleet.agent.remove import remove

        try:
            change = await remove(link, draft.becoming)
        except AgentError as problem:
            return HostOutcome(host=link.host.name, ending="failed", words=problem.reason)
        text = "\n".join(change.did)
        return HostOutcome(host=link.host.name, ending="ok", words=change.words, status=0, stdout=text.encode())
