"""`clawtui deploy status` and `history`: what goes on and what was, from this machine's own ledgers; connects to nothing."""

import time
from datetime import UTC, datetime

from clawtui.cli.call import Call
from clawtui.cli.deploy_table import ending
from clawtui.deploy.ledger import ledgers
from clawtui.engine.boundary import encode
from clawtui.engine.deploying.yard import ledger_of, seen
from clawtui.errors import ConfigError

SHOWN = 20
INTERRUPTED = "interrupted: clawtui deploy resume goes on"


def status(call: Call) -> int:
    """One rollout: the one that is named, else the newest. Its exit code is the rollout's own."""
    ledger = ledger_of(call.places, call.options.subject)
    view = seen(ledger)
    if call.options.json:
        call.out.raw(encode(view) + b"\n")
        return view.code or 0
    call.out.line(f"{view.service} {view.release} in {view.context}, by {view.by}, {_ago(view.since)}", look="bold")
    rows = [(host.name, view.waves[host.wave].name, host.state, host.words) for host in view.hosts]
    call.out.table(("host", "wave", "state", ""), rows)
    if view.code is None and not ledger.busy():
        call.out.line(INTERRUPTED, look="warn")
    ending(call.out, view)
    return view.code or 0


def history(call: Call) -> int:
    """The newest first."""
    named = call.options.subject
    found = [ledger for ledger in ledgers(call.places) if named in ("", ledger.service)][:SHOWN]
    rows, documents = list[tuple[str, ...]](), list[dict[str, object]]()
    for ledger in found:
        try:
            view = seen(ledger)
        except ConfigError as problem:
            rows.append(("", ledger.service, "", "", str(problem)))
            documents.append({"id": ledger.folder.name, "verdict": str(problem), "code": None})
            continue
        rows.append((_when(view.since), view.service, view.release, view.by, view.verdict))
        documents.append({"id": view.id, "verdict": view.verdict, "code": view.code})
    if call.options.json:
        call.out.json({"version": 1, "rollouts": documents})
        return 0
    call.out.table(("when", "service", "release", "by", ""), rows)
    return 0


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")


def _ago(at: float) -> str:
    minutes = int((time.time() - at) / 60)
    return f"{minutes} min ago" if minutes < 120 else _when(at)
