"""From argv to a verb to an exit code; imports nothing heavy, so that `--help` and completion are instant."""

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import cast

from clawtui import __version__
from clawtui.cli import VERBS
from clawtui.cli.call import Call, Parser, Verb, common
from clawtui.cli.out import Out, say
from clawtui.errors import ClawtuiError, UsageError
from clawtui.places import Places

TAKES_A_VALUE = ("--context", "--fleet")
INTERRUPTED = 130


def dispatch(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run what was typed; every failure is one sentence on standard error and an exit code."""
    debug = "--debug" in argv
    places = Places.of(environ)
    try:
        return _verb(argv, environ, places)
    except ClawtuiError as problem:
        say(str(problem))
        _trace(places, problem, debug=debug)
        return problem.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _quiet_pipe()
    except Exception as problem:  # noqa: BLE001 — the edge of the process: whatever it is becomes a sentence and code 70
        say(f"this is our fault: {type(problem).__name__}: {problem}; the traceback is in {places.state / 'log'}")
        _trace(places, problem, debug=debug)
        return ClawtuiError.exit_code


def _verb(argv: Sequence[str], environ: Mapping[str, str], places: Places) -> int:
    """Find the verb among the words, let it parse the rest, call it."""
    words, command = _split(argv)
    lead, name, rest = _find(words)
    if not name:
        top = _top()
        options = top.parse_args(lead)
        if options.version:
            sys.stdout.write(f"clawtui {__version__}\n")
            return 0
        name, rest = "tui", []
    elif name not in VERBS:
        import difflib

        near = difflib.get_close_matches(name, VERBS, 3)
        raise UsageError(f"no verb {name!r}; " + (f"did you mean {', '.join(near)}?" if near else "see clawtui --help"))
    module = cast("Verb", importlib.import_module(f"clawtui.cli.{name}"))
    parser = Parser(prog=f"clawtui {name}".removesuffix(" tui"), description=VERBS.get(name))
    module.arguments(parser)
    common(parser)
    options = parser.parse_args([*lead, *rest])
    return module.run(Call(options, command, places, environ, Out.of(environ)))


def _split(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...] | None]:
    """Words before the first `--`, and those after it."""
    if "--" not in argv:
        return list(argv), None
    at = argv.index("--")
    return list(argv[:at]), tuple(argv[at + 1 :])


def _find(words: list[str]) -> tuple[list[str], str, list[str]]:
    """Flags before the verb, the verb, and what follows it."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in TAKES_A_VALUE else 1
    return (words[:at], words[at], words[at + 1 :]) if at < len(words) else (words, "", [])


def _top() -> Parser:
    """What `clawtui --help` shows: no verb opens the screens."""
    width = max(map(len, VERBS))
    listed = "\n".join(f"  {name.ljust(width)}  {words}" for name, words in VERBS.items())
    parser = Parser(
        prog="clawtui",
        usage="clawtui [--context NAME | --fleet FILE] [VERB …]",
        description="Without a verb: the fleet on screen.\n\nverbs (clawtui VERB --help):\n" + listed,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    common(parser)
    return parser


def _trace(places: Places, problem: BaseException, *, debug: bool) -> None:
    """The traceback goes to the log, and to standard error where it was asked for."""
    expected = isinstance(problem, ClawtuiError)
    if expected and not debug:
        return
    import traceback

    text = "".join(traceback.format_exception(problem))
    if debug:
        sys.stderr.write(text)
    with contextlib.suppress(OSError):  # no log is no reason to hide the sentence that was said already
        places.state.mkdir(parents=True, exist_ok=True)
        with (places.state / "log").open("a", encoding="utf-8") as log:
            log.write(text)


def _quiet_pipe() -> int:
    """The reader went away: end like any Unix tool, without a word, and keep the interpreter from flushing into it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return 128 + 13
