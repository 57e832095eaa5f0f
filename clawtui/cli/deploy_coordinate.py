"""The process of a coordinator: started by `deploy apply` and `deploy resume`, never by hand."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import fleet_of, settings_of
from clawtui.deploy.ledger import Ledger, folder_of
from clawtui.deploy.rollout import RolloutState
from clawtui.engine.coordinate import coordinate
from clawtui.engine.deploying.view import CODES
from clawtui.engine.local import LocalEngine
from clawtui.fleet.host import Fleet


def coordinated(call: Call, rollout: str) -> int:
    """Until the rollout is over. A hang-up of somebody's terminal is none of its business."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state = asyncio.run(_run(call, rollout))
    say(f"{state.over}: {state.words}")
    return CODES.get(state.over, 70)


async def _run(call: Call, rollout: str) -> RolloutState:
    environ = dict(call.environ)

    @asynccontextmanager
    async def engine_of(fleet: Fleet) -> AsyncGenerator[LocalEngine]:
        async with LocalEngine(fleet, settings_of(call), (), call.places, environ=environ) as engine:
            yield engine

    return await coordinate(engine_of, fleet_of(call), Ledger(folder_of(call.places) / rollout), environ)
