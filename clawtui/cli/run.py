"""`clawtui run SELECTOR -- COMMAND`: one command on many hosts."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from clawtui.clean import clean_lines
from clawtui.cli.acting import act, code_of, confirming, told
from clawtui.cli.call import Call
from clawtui.cli.fold import fold
from clawtui.cli.out import Out, say
from clawtui.cli.session import engine_of, fleet_of, settings_of
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Selector, deadline, shape of the output."""
    parser.usage = f"{parser.prog} [flags] SELECTOR -- COMMAND …"
    parser.add_argument("selector", metavar="SELECTOR", help="web*, @group, site=eu, !host, or a list by comma; all")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds a host may take")
    parser.add_argument("--root", action="store_true", help="as root, by what `become` in the fleet file says")
    parser.add_argument("--raw", action="store_true", help="in a pipe: bytes as they came, without `host: ` in front")
    confirming(parser)


def run(call: Call) -> int:
    """Plan, confirm, run, print."""
    if not call.command:
        raise UsageError("no command; write clawtui run SELECTOR -- COMMAND")
    return asyncio.run(_run(call, " ".join(call.command)))


async def _run(call: Call, command: str) -> int:
    timeout_s = call.options.timeout or settings_of(call).ssh.command_timeout_s
    root = ("--root",) if call.options.root else ()
    words = ("run", call.options.selector, "--timeout", f"{timeout_s:g}", *root, "--", command)
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words, progress=False)
    if outcome is None:
        return 0
    if call.options.json:
        told(call, outcome.hosts, lambda _: ())
    elif call.out.terminal:
        _grouped(call.out, outcome.hosts)
    else:
        _exact(call.out, outcome.hosts, raw=call.options.raw)
    return code_of(outcome.hosts)


def _grouped(out: Out, outcomes: Sequence[HostOutcome]) -> None:
    """Identical answers once, under the folded names of those who gave them; good ones first."""
    groups: dict[tuple[bool, str, bytes, bytes], list[str]] = {}
    for outcome in outcomes:
        bad = outcome.ending != "ok"
        what = (bad, f"{outcome.ending}: {outcome.words}" if bad else "", outcome.stdout, outcome.stderr)
        groups.setdefault(what, []).append(outcome.host)
    for (bad, words, stdout, stderr), names in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]))):
        title = f"{fold(names)} ({len(names)})" if len(names) > 1 else names[0]
        out.line(f"── {title}{'  ' if words else ''}{words}", look="bad" if bad else "accent")
        for line in _lines(stdout):
            out.line(line)
        for line in _lines(stderr):
            out.line(line, look="warn")


def _lines(data: bytes) -> list[str]:
    """Harmless lines; a closing newline makes no empty one."""
    text = data.decode("utf-8", "replace")
    return clean_lines(text.removesuffix("\n")) if text else []


def _exact(out: Out, outcomes: Sequence[HostOutcome], *, raw: bool) -> None:
    """In a pipe: one host's bytes are exactly its bytes; of several each line says whose it is, unless `raw`."""
    for outcome in outcomes:
        plain = raw or len(outcomes) == 1
        out.raw(outcome.stdout if plain else _named(outcome.host, outcome.stdout))
        sys.stderr.buffer.write(outcome.stderr if plain else _named(outcome.host, outcome.stderr))
        sys.stderr.flush()
        if outcome.ending != "ok":
            say(f"{outcome.host}: {outcome.ending}: {outcome.words}")


def _named(host: str, data: bytes) -> bytes:
    """`host: ` in front of every line; the last one gets its newline."""
    head = host.encode() + b": "
    return b"".join(head + line + b"\n" for line in data.removesuffix(b"\n").split(b"\n")) if data else b""
