"""`agent` of a fleet file, level by level: context, defaults, groups, host."""

from collections.abc import Mapping
from dataclasses import dataclass

from clawtui.fleet.host import AgentUse
from clawtui.fleet.tables import Table


@dataclass(frozen=True, slots=True)
class AgentKey:
    """What counts at one level and for all below it that say nothing else."""

    use: AgentUse
    least: AgentUse
    # of the context: no level below may allow more

    def within(self, table: Table) -> "AgentKey":
        """The level below; ConfigError where it allows what the context forbids."""
        use = AgentUse(table.choice("agent", self.use, list(AgentUse)))
        if use.strictness < self.least.strictness:
            raise table.error(f'[context] says agent = "{self.least}" and lower levels only tighten it', "agent")
        return AgentKey(use, self.least)

    def of_groups(self, names: tuple[str, ...], told: Mapping[str, Table]) -> "AgentKey":
        """Through the tables of these groups, the last one named counting most."""
        level = self
        for name in names:
            level = level.within(told[name]) if name in told else level
        return level

    def of_host(self, table: Table, groups: tuple[str, ...], told: Mapping[str, Table]) -> AgentUse:
        """Through its groups to the host's own."""
        return self.of_groups(groups, told).within(table).use
