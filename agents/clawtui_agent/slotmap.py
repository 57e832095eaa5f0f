"""Which column stands in which slot of the rings, and since when: columns come and go, slots are reused."""

from __future__ import annotations

import json
from typing import Any

Name = tuple[str, str]  # scope, name
FIRST = 64  # slots of a new ring; doubled when they run out


class Tenant:
    """One stay of one column in one slot; `until` 0 means it is there still."""

    __slots__ = ("name", "since", "slot", "until")

    def __init__(self, slot: int, name: Name, since: int, until: int) -> None:
        self.slot, self.name, self.since, self.until = slot, name, since, until


class SlotMap:
    """Who is and was where."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._tenants: list[Tenant] = []
        self._now: dict[Name, Tenant] = {}

    @classmethod
    def read(cls, width: int, rows: list[Any]) -> SlotMap:
        """From a header."""
        slots = cls(width)
        for slot, scope, name, since, until in rows:
            tenant = Tenant(int(slot), (str(scope), str(name)), int(since), int(until))
            slots._tenants.append(tenant)
            if not tenant.until:
                slots._now[tenant.name] = tenant
        return slots

    def rows(self) -> list[list[Any]]:
        """For a header: `[slot, scope, name, from, to]`."""
        return [[t.slot, t.name[0], t.name[1], t.since, t.until] for t in self._tenants]

    def settle(self, names: list[Name], at: int) -> bool | None:
        """Make these the present columns: True when something changed, None when there are not slots enough."""
        if len(names) > self.width:
            return None
        wanted = set(names)
        gone = [tenant for name, tenant in self._now.items() if name not in wanted]
        new = [name for name in names if name not in self._now]
        for tenant in gone:
            tenant.until = max(at - 1, 1)
            del self._now[tenant.name]
        for name in new:
            self._move_in(name, at)
        return bool(gone or new)

    def order(self, names: list[Name]) -> list[int]:
        """The slot of each of the present columns."""
        return [self._now[name].slot for name in names]

    def stays(self, name: Name, step: int) -> list[tuple[int, int, int]]:
        """`(slot, first, last)` of every stay of a column: times of records of that many seconds; last 0 means until now.

        A record that the next tenant of the slot shares is that one's.
        """
        found: list[tuple[int, int, int]] = []
        for tenant in self._tenants:
            if tenant.name == name:
                after = [t.since for t in self._tenants if t.slot == tenant.slot and t.since > tenant.since]
                last = min([tenant.until, *(since - step for since in after)]) if tenant.until else 0
                found.append((tenant.slot, tenant.since - step + 1, last))
        return found

    def since(self, before: int) -> list[int]:
        """When the last one that came before that time moved into each slot; 0 where there was none."""
        found = [0] * self.width
        for tenant in self._tenants:
            if tenant.since < before:
                found[tenant.slot] = max(found[tenant.slot], tenant.since)
        return found

    def forget(self) -> bool:
        """Drop the stay that ended first; False when none has ended. The header is only so long."""
        ended = [tenant for tenant in self._tenants if tenant.until]
        if not ended:
            return False
        self._tenants.remove(min(ended, key=lambda tenant: tenant.until))
        return True

    def fit(self, size: int) -> None:
        """Forget stays that have ended until the rest fits into so many bytes of a header."""
        while len(json.dumps(self.rows(), separators=(",", ":"))) > size and self.forget():
            pass

    def _move_in(self, name: Name, at: int) -> None:
        """Back into its old slot where nobody was since, so that flapping columns do not fill the map."""
        taken = {tenant.slot for tenant in self._now.values()}
        last: dict[int, Tenant] = {}
        for tenant in self._tenants:
            last[tenant.slot] = tenant
        for tenant in last.values():
            if tenant.name == name and tenant.slot not in taken:
                tenant.until = 0
                self._now[name] = tenant
                return
        free = [slot for slot in range(self.width) if slot not in taken]
        slot = min(free, key=lambda slot: last[slot].until if slot in last else 0)
        tenant = Tenant(slot, name, at, 0)
        self._tenants.append(tenant)
        self._now[name] = tenant


def width_for(count: int) -> int:
    """64, doubled until it is enough."""
    width = FIRST
    while width < count:
        width *= 2
    return width
