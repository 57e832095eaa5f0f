"""A rollout as it is shown: the same value on the Deploy screen, in `deploy status --json`, and line by line in a pipe."""

from clawtui.engine.boundary.value import Value


class RolloutTimer(Value, frozen=True):
    """The one thing that happens by itself next."""

    what: str
    """"bake ends", "undoes itself", "gives up"."""
    at: float


class RolloutWave(Value, frozen=True):
    """Hosts that change together."""

    name: str
    """"canary", "2" …"""
    state: str
    """waiting, staged, switching, baking, kept, reverting, reverted, stuck."""
    hosts: tuple[str, ...]
    bake_s: float = 0.0
    bake_done_s: float = 0.0


class RolloutStep(Value, frozen=True):
    """One step on one host."""

    id: str
    kind: str
    words: str
    state: str
    """waiting, running, done, same (nothing was to be done), failed, undone, unknown."""
    seconds: float = 0.0
    command: str = ""
    """What the far runner was told, secrets left out."""
    output: tuple[str, ...] = ()
    """The last lines."""


class RolloutTurn(Value, frozen=True):
    """A host began to serve another release."""

    at: float
    release: str
    """Empty where nothing serves there any more."""


class RolloutHost(Value, frozen=True):
    """One host of a rollout."""

    name: str
    wave: int
    """Index of its wave."""
    state: str
    """planned, locked, staging, staged, switching, verified, keeping, kept, reverting, reverted, failed, lost, stuck."""
    words: str = ""
    steps: tuple[RolloutStep, ...] = ()
    turns: tuple[RolloutTurn, ...] = ()
    """What changed here in this rollout, the oldest first: markers on charts."""


class RolloutGate(Value, frozen=True):
    """How the canary does against the rest."""

    name: str
    """"error ratio", "p95", "healthy"."""
    canary: float | None
    others: float | None
    limit: float | None
    verdict: str
    """pass, fail, inconclusive."""
    for_s: float = 0.0
    """Since when it says so."""


class RolloutUnreachable(Value, frozen=True):
    """A host that stays behind for now."""

    host: str
    why: str


class RolloutView(Value, frozen=True):
    """Topic "rollouts", and what a coordinator tells those who attach."""

    id: str
    context: str
    service: str
    release: str
    previous: str
    """Where undo goes; empty at the first rollout."""
    state: str
    """planned, locking, staging, switching, baking, keeping, finishing, paused, reverting; ended: done, reverted, aborted,
    refused, stuck; interrupted: not ended, and nobody coordinates it."""
    verdict: str
    """The first line, in words."""
    by: str
    since: float
    lock_age_s: float | None = None
    hold: str = ""
    """Why it is paused; empty where it goes on by itself."""
    on_lost: str = ""
    timer: RolloutTimer | None = None
    waves: tuple[RolloutWave, ...] = ()
    hosts: tuple[RolloutHost, ...] = ()
    gates: tuple[RolloutGate, ...] = ()
    runs: dict[str, tuple[str, ...]] = {}
    """Release → hosts that serve it now; "" where none does."""
    unreachable: tuple[RolloutUnreachable, ...] = ()
    log: tuple[str, ...] = ()
    """The last events, in words, with their times."""
    code: int | None = None
    """Exit code once it has ended: 0 done, 1 failed and undone, 2 stuck; 3 while it is paused."""
    spec: str = ""
    """The service.toml that it came from."""

    @property
    def under_way(self) -> bool:
        """Not ended: it goes on, waits for somebody, or has lost its coordinator."""
        return self.code in (None, 3)


class Rollouts(Value, frozen=True):
    """Topic "rollouts" and the answer to RolloutsQuery: the newest first."""

    rollouts: tuple[RolloutView, ...] = ()


class RolloutsQuery(Value, frozen=True):
    """→ Rollouts: history without the output of steps; with `id` that one, whole."""

    last: int = 50
    id: str = ""


class HoldRollout(Value, frozen=True):
    """Let a rollout wait before its next wave: a note, so neither armed nor confirmed."""

    rollout: str
    why: str = ""
