"""`clawtui deploy drift [SERVICE]`: 0 where every host is as it was deployed, 1 where one differs, 2 where one is not reached."""

from clawtui.cli.call import Call
from clawtui.cli.session import engine_of, fleet_of
from clawtui.deploy.ledger import ledgers
from clawtui.engine.deploying.drift import drifts
from clawtui.engine.deploying.yard import Yard
from clawtui.errors import UsageError


async def drift(call: Call) -> int:
    """By the newest rollout of the service that came to its end."""
    named, fleet = call.options.subject, fleet_of(call)
    done = [one for one in ledgers(call.places) if named in ("", one.service) and one.state().over == "done"]
    if not done:
        raise UsageError(f"no finished rollout{f' of {named}' if named else ''} is known here")
    async with engine_of(call, fleet) as engine:
        found = await drifts(Yard(fleet, call.places, engine.links, call.environ), done[0])
    if call.options.json:
        hosts = [{"host": one.host, "reached": one.reached, "drift": list(one.words)} for one in found]
        call.out.json({"version": 1, "rollout": done[0].folder.name, "hosts": hosts})
    else:
        for one in found:
            call.out.line(f"{one.host}: {'; '.join(one.words) or 'as deployed'}", look="warn" if one.words else "")
    if any(not one.reached for one in found):
        return 2
    return 1 if any(one.words for one in found) else 0
