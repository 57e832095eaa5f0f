"""`clawtui completion bash|zsh|fish`: a script to source, made from what the verbs themselves take."""

import argparse
import re

from clawtui.cli import completion_scripts as scripts
from clawtui.cli.call import Call

HARMLESS = re.compile(r"[\w.@:+-]+")  # shells expand what completion offers them: a name with $( ) in it is not offered
SCRIPTS = {"bash": scripts.bash, "zsh": scripts.zsh, "fish": scripts.fish}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which shell; `hosts` and `contexts` are what its script asks for when tab is pressed."""
    kinds = (*SCRIPTS, "hosts", "contexts")
    parser.add_argument("shell", choices=kinds, metavar="bash|zsh|fish", help="the shell that sources the script")


def run(call: Call) -> int:
    """Print the script, or the words that it asks for: then a fleet file with a mistake offers nothing and says nothing."""
    kind = call.options.shell
    if kind not in SCRIPTS:
        for word in _offered(call, kind):
            call.out.line_raw(word)
        return 0
    from clawtui.cli.grammar import shared, verbs

    call.out.line_raw(SCRIPTS[kind](verbs(), shared()))
    return 0


def _offered(call: Call, kind: str) -> tuple[str, ...]:
    """Host names, aliases and groups of the one context; or the names of the contexts."""
    from clawtui.cli.session import found_by
    from clawtui.errors import ClawtuiError

    try:
        found = found_by(call)
        if kind == "contexts":
            return tuple(name for name in found.names if HARMLESS.fullmatch(name))
        hosts = found.only().hosts
    except ClawtuiError:
        return ()
    names = [name for host in hosts for name in (host.name, *host.aliases)]
    names += [f"@{group}" for host in hosts for group in host.groups]
    return tuple(name for name in dict.fromkeys(names) if HARMLESS.fullmatch(name))
