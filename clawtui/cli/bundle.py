"""`clawtui bundle [FILE]`: a support bundle to hand to somebody else, without secrets; what is in it is listed first."""

import argparse
import asyncio
import time
from pathlib import Path

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.errors import ClawtuiError, Refused


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and which hosts to look at."""
    parser.add_argument("file", metavar="FILE", nargs="?", help="the .tar.gz to write; clawtui-bundle-TIME.tar.gz here")
    parser.add_argument(
        "--doctor", metavar="HOST", action="append", default=[], help="look at this host too; repeatable"
    )


def run(call: Call) -> int:
    """Collect, list, write."""
    from clawtui.cli import bundle_parts

    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = Path(call.options.file or f"clawtui-bundle-{stamp}.tar.gz")
    parts = bundle_parts.collected(call.places, call.environ)
    for name in call.options.doctor:
        parts[f"doctor/{name.replace('/', '_')}.txt"] = asyncio.run(_doctor(call, name))
    for name, text in parts.items():
        call.out.line(f"{len(text.encode()):>9,}  {name}")
    try:
        bundle_parts.write(path, parts)
    except FileExistsError as problem:
        raise Refused(f"{path} is there already; name another file") from problem
    except OSError as problem:
        raise ClawtuiError(f"{path} cannot be written: {problem.strerror}; name another file") from problem
    say(f"{path}: values of secrets are hidden; addresses and host names are in it: read it before you pass it on")
    return 0


async def _doctor(call: Call, name: str) -> str:
    """What doctor finds, in words; a failure to look is part of the bundle."""
    from clawtui.cli.session import engine_of, fleet_of
    from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery
    from clawtui.history.redact import redact

    try:
        async with engine_of(call, fleet_of(call)) as engine:
            answer = await engine.ask(DoctorQuery(name))
    except ClawtuiError as problem:
        return redact(f"{problem}\n")
    assert isinstance(answer, Diagnosis)
    return redact("".join(f"{f.state:<8} {f.what:<9} {f.words}  {f.remedy}".rstrip() + "\n" for f in answer.findings))
