"""When to try again: doubling waits with jitter, and failures that must not be tried again by themselves."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from clawtui.errors import AuthFailed, HostKeyChanged, HostKeyUnknown, LinkError, OptionRefused

AUTH_RETRIES = 1  # OpenSSH 9.8 penalises sources of failed logins: a second wrong one makes it worse for everybody
AUTH_LEAST_S = 15.0
SPREAD_S = 0.5
# so far apart come those who have lost a bastion in the same moment
ONLY_A_PERSON = (HostKeyChanged, HostKeyUnknown, OptionRefused)


class Backoff:
    """One host's waits. Full jitter between half and the whole, so that a fleet does not return in step."""

    def __init__(self, first_s: float, most_s: float, chance: Callable[[], float] = random.random) -> None:
        self._first_s, self._most_s, self._chance = first_s, most_s, chance
        self._failures = self._denials = 0

    def after(self, error: LinkError) -> float | None:
        """Seconds to wait after this failure; None when only a person can help, so nothing is tried by itself."""
        if isinstance(error, ONLY_A_PERSON):
            return None
        whole = min(self._most_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        if isinstance(error, AuthFailed):
            self._denials += 1
            if self._denials > AUTH_RETRIES:
                return None
            whole = max(whole, AUTH_LEAST_S)
        return whole * (0.5 + self._chance() / 2)

    def reset(self) -> None:
        """It worked."""
        self._failures = self._denials = 0


def apart(chance: Callable[[], float] = random.random) -> float:
    """Seconds that keep one from arriving together with everybody else."""
    return SPREAD_S * chance()


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants a connection."""

    asked: bool
    # a person, now; False: whoever follows a host
    through: bool = False
    # wanted as a bastion only

    def waits(self, now: float, again_at: float | None) -> bool:
        """Is it too early to try again?"""
        if again_at is None:
            return not self.asked
        return self.through and now < again_at
