"""What every verb takes, read off the parsers that read the command line: completion and manual are made from it."""

import argparse
import importlib
from dataclasses import dataclass
from typing import cast

from clawtui.cli import VERBS
from clawtui.cli.call import Parser, Verb, common

PLACES = {"SELECTOR": "hosts", "HOST": "hosts", "NAME": "contexts", "FILE": "files", "DIR": "files"}
# what can stand where a metavar does


@dataclass(frozen=True, slots=True)
class Word:
    """One positional word or flag."""

    spelled: tuple[str, ...]
    # ("--timeout",); a positional's own name
    takes: str
    # its metavar; empty for a flag without a value
    choices: tuple[str, ...]
    words: str
    # its help
    flag: bool
    many: bool = False

    @property
    def offers(self) -> str:
        """What completion asks for: "hosts", "contexts", "files", or nothing."""
        return PLACES.get(self.takes, "")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One verb."""

    name: str
    summary: str
    usage: str
    words: tuple[Word, ...]
    # of its own: positional ones in their order, then flags

    @property
    def positional(self) -> tuple[Word, ...]:
        """In their order."""
        return tuple(word for word in self.words if not word.flag)

    @property
    def flags(self) -> tuple[Word, ...]:
        """Its own; those of every verb are in `shared`."""
        return tuple(word for word in self.words if word.flag)


def verbs() -> tuple[Spoken, ...]:
    """Every verb of the table; imports each verb's module, none of which is heavy."""
    return tuple(_verb(name, summary) for name, summary in VERBS.items())


def shared() -> tuple[Word, ...]:
    """The flags that every verb has."""
    parser = Parser(prog="clawtui")
    common(parser)
    return _words(parser)


def _verb(name: str, summary: str) -> Spoken:
    module = cast("Verb", importlib.import_module(f"clawtui.cli.{name}"))
    parser = Parser(prog=f"clawtui {name}")
    module.arguments(parser)
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    return Spoken(name, summary, usage, _words(parser))


def _words(parser: argparse.ArgumentParser) -> tuple[Word, ...]:
    actions = parser._actions  # noqa: SLF001 - argparse has no public list of them
    found = [_word(action) for action in actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    return tuple(sorted(found, key=lambda word: word.flag))


def _word(action: argparse.Action) -> Word:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    choices = tuple(str(choice) for choice in action.choices or ())
    flag = bool(action.option_strings)
    takes = "" if action.nargs == 0 else metavar or "|".join(choices) or action.dest.upper()
    many = action.nargs in ("*", "+")
    return Word(tuple(action.option_strings) or (action.dest,), takes, choices, action.help or "", flag, many)
