"""`deploy unlock SELECTOR SERVICE --reason WORDS`: a lock that nobody gives back is taken, with the reason, and freed."""

from collections.abc import Sequence

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet
from clawtui.fleet.link import Link
from clawtui.fleet.selector import select

ROOT = "/srv/clawtui"
ANSWER_S = 30.0
BACK_S = 330.0
# the runner's own deadline for going back, and a little


class DeployUnlock:
    """The host's journal says who did it and why."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Whose lock it is the host says when it is taken."""
        if len(words) != 4 or words[2] != "--reason" or not words[3].strip():
            raise UsageError("write deploy unlock SELECTOR SERVICE --reason WORDS: why, for the record of every host")
        hosts = select(fleet, words[0])
        return Draft(
            verb="deploy unlock",
            title=f"UNLOCK {words[1]} on {len(hosts)} host{'s' if len(hosts) != 1 else ''}",
            hosts=hosts,
            lines=(
                f"on {', '.join(host.name for host in hosts)}",
                "the runner that holds the lock is ended; a rollout that is under way loses its hosts",
                "a host that is between two releases goes back to the one before",
            ),
            commands=(f"take and free the lock of {words[1]}",),
            details={"service": words[1], "reason": words[3]},
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """Taken by a newer fence, then freed."""
        import asyncio
        import os
        import socket

        from clawtui.deploy.far import Far
        from clawtui.deploy.runner_zip import packed
        from clawtui.history.actions import operator

        service, owner = draft.details["service"], operator(os.environ)
        rights = await draft.becoming.rights(link)
        said = {"rollout": "unlock", "owner": owner, "from": socket.gethostname(), "take": True}
        async with await Far.begin(link, rights, await asyncio.to_thread(packed)) as far:
            await far.ask("open", {"service": service, "place": f"{ROOT}/{service}"}, within_s=ANSWER_S)
            taken = await far.ask("lock", {**said, "reason": draft.details["reason"]}, within_s=ANSWER_S)
            if taken.get("armed"):
                await far.ask("fire", within_s=BACK_S)
            await far.ask("unlock", within_s=ANSWER_S)
        return HostOutcome(link.host.name, "ok", "gone back, and free" if taken.get("armed") else "free")
