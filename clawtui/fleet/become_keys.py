"""`become` and `become_password` of a fleet file, level by level: context, defaults, groups, host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from clawtui.fleet.become_password import password_source
from clawtui.fleet.host import Become, PasswordSource
from clawtui.fleet.tables import Document, Table

KEYS = ("become", "become_password", "agent")
ASKED = PasswordSource()


@dataclass(frozen=True, slots=True)
class BecomeKeys:
    """What counts at one level and for all below it that say nothing else."""

    become: Become = Become.NONE
    password: PasswordSource = ASKED
    withheld: bool = False
    # the context says `none`: no level below may take root

    def within(self, table: Table) -> "BecomeKeys":
        """The level below; ConfigError where it takes what was withheld."""
        become = Become(table.choice("become", self.become, list(Become)))
        if self.withheld and become is not Become.NONE:
            raise table.error('[context] says become = "none" and lower levels only tighten it', "become")
        return BecomeKeys(become, password_source(table, self.password), self.withheld)

    def of_host(self, table: Table, groups: tuple[str, ...], told: Mapping[str, Table]) -> "BecomeKeys":
        """Through the tables of its groups, the last one named counting most, to the host's own."""
        level = self
        for name in groups:
            level = level.within(told[name]) if name in told else level
        return level.within(table)


def of_context(context: Table) -> BecomeKeys:
    """The top level."""
    withheld = context.text("become", "") == Become.NONE
    return BecomeKeys(withheld=withheld).within(context)


def group_tables(document: Document) -> dict[str, Table]:
    """`[group.NAME]`: become, its password, and whether an agent may be there, for the hosts of a group."""
    top = document.table("group")
    found: dict[str, Table] = {}
    for name, values in top.values.items():
        if not isinstance(values, dict):
            raise top.error(f"must be a table, written [group.{name}]", name)
        table = Table(document, f"group.{name}", 0, cast("dict[str, object]", values))
        table.only(KEYS)
        found[name] = table
    return found
