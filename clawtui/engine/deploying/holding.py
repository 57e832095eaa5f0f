"""Hold: a rollout waits before its next wave. A note, recorded, so neither armed nor confirmed."""

import os

from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.boundary.rollouts import HoldRollout
from clawtui.engine.deploying.yard import ledger_of, ordered
from clawtui.engine.journal import Journal
from clawtui.errors import ClawtuiError
from clawtui.history.actions import operator
from clawtui.places import Places


async def hold(places: Places, journal: Journal, intent: HoldRollout) -> Outcome:
    """Told to its coordinator; a refusal is an outcome with its words."""
    try:
        ledger = ledger_of(places, intent.rollout, running=True)
        await ordered(places, ledger, "pause", why=intent.why or f"held by {operator(os.environ)}")
    except (ClawtuiError, TimeoutError) as problem:
        words = str(problem) or f"{intent.rollout}: its coordinator does not answer"
        return Outcome(done=False, words=words, code=getattr(problem, "exit_code", 70))
    hosts = tuple(host.name for host in ledger.plan().hosts)
    journal.note(Note("deploy pause", hosts, f"clawtui deploy pause {intent.rollout}", intent.why))
    return Outcome(done=True, words=f"{ledger.plan().service} waits before its next wave; W goes on, U goes back")
