"""`service drain|undrain SELECTOR NAME`: hosts leave and join a balancer by the executable that the service's spec names."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.in_waves import ordered
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.keyring import Keyring
from clawtui.fleet.selector import select
from clawtui.places import Places

BACK = {"drain": "undrain", "undrain": "drain"}


@dataclass(frozen=True, slots=True)
class Drain:
    """One of the two words; no login is needed."""

    word: str
    places: Places

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """By the hook of the newest rollout of that service that was made here."""
        words, order = ordered(list(words))
        if len(words) != 2:
            raise UsageError(f"write service {self.word} SELECTOR NAME")
        hosts, name = select(fleet, words[0]), words[1]
        hook, timeout_s = self._hook(name)
        in_waves = order.waves(hosts)
        count = f"{len(hosts)} host{'s' if len(hosts) != 1 else ''}"
        return Draft(
            verb=f"service {self.word}",
            title=f"{self.word.upper()} {name} on {count}",
            hosts=hosts,
            lines=(
                f"on {', '.join(host.name for host in hosts)}",
                f"by {hook} on this machine",
                *order.lines(in_waves),
            ),
            reverts=f"clawtui service {BACK[self.word]} {' '.join(words)}",
            commands=(f"{hook} {self.word} HOST",),
            details={"hook": hook, "timeout_s": str(timeout_s)},
            waves=in_waves,
            limit=order.limit,
        )

    async def carry_out_here(self, draft: Draft, host: Host) -> HostOutcome:
        """It returns once the balancer sees it."""
        from clawtui.deploy import hook
        from clawtui.deploy.rollout import Ending

        words = (draft.details["hook"], self.word, host.name)
        ending, said = await hook.run(words, b"", float(draft.details["timeout_s"]))
        return HostOutcome(host.name, "ok" if ending is Ending.OK else "failed", said)

    def _hook(self, name: str) -> tuple[str, float]:
        from clawtui.deploy.ledger import ledgers

        for ledger in ledgers(self.places):
            if ledger.service == name:
                hooks = ledger.plan().hooks
                if hooks.drain and os.access(hooks.drain, os.X_OK):
                    return hooks.drain, hooks.timeout_s
                break
        raise UsageError(
            f"how {name} is drained is not known here: name [hooks] drain in its service.toml and deploy it"
        )


def drain(keyring: Keyring) -> Drain:
    """For the table."""
    return Drain("drain", keyring.places)


def undrain(keyring: Keyring) -> Drain:
    """For the table."""
    return Drain("undrain", keyring.places)
