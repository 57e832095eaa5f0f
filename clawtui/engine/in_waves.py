"""`--wave 25% --apart rack --max-failed 2`: how an act on many hosts is told to go in waves, and how its plan shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.errors import UsageError
from clawtui.fleet.host import Host
from clawtui.fleet.waves import CANARY, LIMIT, SIZE, amount, waves

FLAGS = ("--wave", "--apart", "--max-failed")
SHOWN = 8  # hosts of a wave that are named in a plan


@dataclass(frozen=True, slots=True)
class Order:
    """What was said, or the default."""

    size: str = SIZE
    apart: str = ""
    limit: str = LIMIT

    def waves(self, hosts: Sequence[Host]) -> tuple[tuple[Host, ...], ...]:
        """One host first, then some at a time."""
        return waves(hosts, size=self.size, apart=self.apart, canary=CANARY)

    def lines(self, made: Sequence[Sequence[Host]]) -> tuple[str, ...]:
        """For the plan; one host needs no order."""
        if len(made) < 2:
            return ()
        apart = f", never two of the same {self.apart} at once" if self.apart else ""
        told = [f"wave {number}: {_named(wave)}" for number, wave in enumerate(made, 1)]
        rule = f"a wave in which more than {self.limit} fail stops the rest, which stays untouched"
        return (f"in {len(made)} waves, one host first{apart}", *told, rule)


def ordered(words: Sequence[str]) -> tuple[list[str], Order]:
    """Take the flags out of the words."""
    rest, said = list(words), dict[str, str]()
    for flag in FLAGS:
        if flag in rest:
            at = rest.index(flag)
            if at + 1 >= len(rest):
                raise UsageError(f"{flag} needs a value")
            said[flag] = rest[at + 1]
            del rest[at : at + 2]
    for flag in ("--wave", "--max-failed"):
        if flag in said:
            amount(said[flag], 1)
    return rest, Order(said.get("--wave", SIZE), said.get("--apart", ""), said.get("--max-failed", LIMIT))


def _named(hosts: Sequence[Host]) -> str:
    more = f" and {len(hosts) - SHOWN} more" if len(hosts) > SHOWN else ""
    return ", ".join(host.name for host in hosts[:SHOWN]) + more
