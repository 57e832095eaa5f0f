"""A fleet whose every word is hostile, opened as the command line would; run under a pty by test_terminal.py."""

import sys
import time

from msgspec.structs import replace

from clawtui.engine.boundary.actions import Action, Actions, ActionsQuery
from clawtui.engine.boundary.charts import Limits, LimitsQuery
from clawtui.engine.boundary.contexts import ContextList, ContextsQuery, ContextView
from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery, Finding
from clawtui.engine.boundary.forwards import Forwards, ForwardView, Ports, PortsQuery, PortView
from clawtui.engine.boundary.hosts import DeviceView, Happening, HostDetail, HostQuery, ServiceView
from clawtui.engine.boundary.plans import Apply, HostOutcome, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.processes import Process, Processes, ProcessesQuery
from clawtui.engine.boundary.prompts import Notice, Prompt
from clawtui.engine.boundary.value import Severity, State
from clawtui.engine.boundary.views import SavedView, Views, ViewsQuery
from clawtui.engine.recorded import Heard, RecordedEngine
from clawtui.settings import Settings, UiSettings
from clawtui_screens.main import run
from tests.engine.synthetic import SyntheticEngine

EVIL = (
    "[/x][red]\x1b]52;c;ZXZpbA==\x07\x1b]0;PWNED\x07\x1b[6n\x1bP+q544e\x1b\\\x9b31m\u202e\x00\u2066\r\x08 $(id)"
    " [@click=app.exit]z[/]"
)
NAME = "web[/x]\x1b[6n\x1b]52;c;ZXZpbA==\x07"
LONG = (EVIL + "A") * 9000
"""About a megabyte."""


def engine(*, crash: bool = False) -> RecordedEngine:
    """Evil in every field that the screens show."""
    made = SyntheticEngine(12, at=time.time())
    frame = made.frame(full=True, hosts=made.views.values())
    hosts = [
        replace(
            view, name=NAME if number == 6 else view.name, why=LONG if number == 6 else EVIL, remedy=EVIL, site=EVIL,
            region=EVIL, groups=(EVIL,), labels={EVIL: EVIL}, address=EVIL, badges=(EVIL[:40],), agent=EVIL,
            state=State.DOWN if number == 6 else view.state,
        )
        for number, view in enumerate(frame.hosts)
    ]  # fmt: skip
    frame = replace(
        frame,
        hosts=tuple(hosts),
        summary=replace(frame.summary, context=EVIL, headline=EVIL, source=EVIL, problems=(EVIL, LONG), watcher=EVIL),
    )
    act = Action(time.time(), EVIL, EVIL, EVIL, (EVIL,), f"evil {EVIL}", (EVIL,), EVIL, EVIL)
    plan = Plan("1", EVIL, (EVIL,), (EVIL, LONG), EVIL, EVIL, "y", needs_arming=False)
    outcome = Outcome(
        True, EVIL, 1, (HostOutcome(EVIL, "failed", EVIL, 1, LONG.encode("utf-8", "replace"), EVIL.encode()),)
    )
    heard = [
        Heard(0.0, "fleet", frame),
        Heard(0.0, "actions", act),
        Heard(0.0, "notices", Notice(Severity.CRITICAL, EVIL)),
        Heard(0.0, "notices", Notice(Severity.INFO, LONG)),
        Heard(0.0, "forwards", Forwards((ForwardView(EVIL, EVIL, 1, 2, 0.0, words=EVIL),))),
        Heard(0.0, "prompts", Prompt("1", "host-key", EVIL, EVIL, EVIL, EVIL)),
    ]
    services = (ServiceView(EVIL, State.WARNING, {"latency.p95": 0.9}, EVIL, missing=EVIL), ServiceView(LONG, State.OK))
    view = replace(hosts[6], services=services, devices=(DeviceView(EVIL, {"gpu.busy": 0.9}),))
    happened = (Happening(time.time() - 9, "fires", EVIL, "cpu.busy"), Happening(time.time() - 5, EVIL, LONG, EVIL))
    answers = [
        (LimitsQuery(), Limits(())),
        (ActionsQuery(), Actions((act,))),
        (HostQuery(NAME), HostDetail(view, (), {EVIL: EVIL, "kernel": LONG}, happened)),
        (ProcessesQuery(NAME), Processes(NAME, time.time(), (Process(1, EVIL, EVIL, 1.0, 1000, LONG),), EVIL)),
        (PortsQuery(NAME), Ports(NAME, (PortView(80, EVIL),))),
        (ViewsQuery(), Views((SavedView(EVIL, filters=(EVIL,)),))),
        (ContextsQuery(), ContextList((ContextView(EVIL, EVIL, problem=EVIL), ContextView("b")), (EVIL,))),
        (DoctorQuery(NAME), Diagnosis(NAME, (Finding("tcp", "failed", EVIL, EVIL),))),
        (PlanQuery(("evil",)), plan),
    ]
    recorded = RecordedEngine.of(heard, answers, [(Apply("1", "y"), outcome)])
    if crash:
        recorded._answers.clear()
    return recorded


if __name__ == "__main__":
    if "crash" in sys.argv:
        from clawtui_screens.fleet import FleetScreen

        def _broken(self: FleetScreen) -> None:
            raise RuntimeError(EVIL)

        FleetScreen.action_wide = _broken  # type: ignore[method-assign]
    run(engine(), Settings(ui=UiSettings(ascii="never")), title=EVIL)
