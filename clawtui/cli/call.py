"""One call of a verb: what was typed and where the answer goes."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, Protocol

from clawtui.cli.out import Out
from clawtui.errors import UsageError
from clawtui.places import Places


@dataclass(frozen=True, slots=True)
class Call:
    """Everything a verb works with; nothing else of the process is looked at."""

    options: argparse.Namespace
    # what the verb's own parser made of the words, and `context`, `fleet`, `json`, `debug`
    command: tuple[str, ...] | None
    # the words after `--`; None where there was none
    places: Places
    environ: Mapping[str, str]
    out: Out


class Verb(Protocol):
    """The module of one verb."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its own words and flags."""
        ...

    def run(self, call: Call) -> int:
        """Do it; answers the exit code. Raises ClawtuiError with one sentence when it can't."""
        ...


class Parser(argparse.ArgumentParser):
    """argparse that ends with code 64 and one sentence instead of code 2 and a page."""

    def error(self, message: str) -> NoReturn:
        """Hand the sentence to the dispatcher."""
        raise UsageError(f"{message}; see {self.prog} --help")


def common(parser: argparse.ArgumentParser) -> None:
    """The flags that every verb has."""
    group = parser.add_argument_group("for every verb")
    group.add_argument("--context", metavar="NAME", default=None, help="which context, where there are several")
    group.add_argument("--fleet", metavar="FILE", default=None, help="a fleet file instead of the contexts")
    group.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    group.add_argument("--debug", action="store_true", help="tracebacks and what was tried, on standard error")
