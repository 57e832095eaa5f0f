"""`Match` lines: does one speak of this host?"""

import time
from dataclasses import dataclass, field

from clawtui.fleet.child import ProgramFailed, run_program
from clawtui.fleet.ssh_config.operator import Unexpanded
from clawtui.fleet.ssh_config.pattern import in_list
from clawtui.fleet.ssh_config.resolved import Resolved
from clawtui.fleet.ssh_config.statement import Statement

EXEC_DEADLINE_S = 5.0
EXEC_TOGETHER_S = 30.0
_OUTPUT = 1_048_576


@dataclass(slots=True)
class Match:
    """Evaluates `Match`; a command is run only where the fleet file allows it, each once."""

    may_run: bool = False
    deadline_s: float = EXEC_DEADLINE_S
    _answers: dict[str, bool] = field(default_factory=dict[str, bool])
    _spent_s: float = 0.0

    def holds(self, statement: Statement, resolved: Resolved) -> bool:
        """Every criterion has to; what cannot be evaluated here makes the host refuse to be used."""
        words, criteria = list(statement.words), 0
        result = True
        while words:
            negated, criterion, value = _criterion(words)
            criteria += 1
            if criterion == "all":
                if words or criteria > 2:
                    raise statement.error("Match all stands alone, or after canonical or final")
                return result and not negated
            if criterion in ("canonical", "final"):
                resolved.again |= criterion == "final"
                result &= bool(resolved.canonical) is not negated
                continue
            value = value or (words.pop(0) if words else "")
            if not value:
                raise statement.error(f"Match {criterion} has no value")
            if result:  # a command is not run where an earlier criterion says no
                result &= self._one(criterion, value, statement, resolved) is (not negated)
        return result

    def _one(self, criterion: str, value: str, statement: Statement, resolved: Resolved) -> bool | None:
        """None fits neither the criterion nor its opposite."""
        match criterion:
            case "host":
                return in_list(resolved.address, value, fold=True)
            case "originalhost":
                return in_list(resolved.name, value, fold=True)
            case "user":
                return in_list(resolved.user, value)
            case "localuser":
                return in_list(resolved.operator.login, value)
            case "tagged":
                return in_list(resolved.first("tag"), value)
            case "exec":
                return self._run(value, statement, resolved)
            case _:
                resolved.refuse(f"Match {criterion} at {statement.origin} is not evaluated here")
                return None

    def _run(self, command: str, statement: Statement, resolved: Resolved) -> bool | None:
        place = f"Match exec at {statement.origin}"
        if not self.may_run:
            allow = "write match_exec = true in the fleet file's table that takes hosts from it"
            resolved.refuse(f"{place} is not evaluated: {allow}")
            return None
        try:
            return self._status(resolved.operator.expand(command, resolved.tokens()), resolved)
        except (ProgramFailed, Unexpanded) as error:
            resolved.refuse(f"{place} {error}")
            return None

    def _status(self, command: str, resolved: Resolved) -> bool:
        """By the operator's shell, as ssh does; many hosts often ask the same."""
        if command not in self._answers:
            if self._spent_s >= EXEC_TOGETHER_S:
                raise ProgramFailed(f"was not run: those before it took {EXEC_TOGETHER_S:g} s already")
            operator, started = resolved.operator, time.monotonic()
            try:
                ended = run_program(
                    [operator.environ.get("SHELL") or "/bin/sh", "-c", command],
                    deadline_s=self.deadline_s,
                    limit=_OUTPUT,
                    folder=operator.home,
                    environ=operator.environ,
                )
            finally:
                self._spent_s += time.monotonic() - started
            self._answers[command] = ended.status == 0
        return self._answers[command]


def _criterion(words: list[str]) -> tuple[bool, str, str]:
    """Negated or not, its name, and its value where `=` gives it in the same word."""
    word = words.pop(0)
    name, _, value = word.removeprefix("!").partition("=")
    return word.startswith("!"), name.lower(), value
