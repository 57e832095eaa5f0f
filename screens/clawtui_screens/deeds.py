"""What is done on the operator's word: plans, answers to prompts, arming, a diagnosis; each ends in words on the screen."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from clawtui.clean import clean, clean_lines
from clawtui.engine.boundary import Engine, Intent
from clawtui.engine.boundary.actions import Action, Actions, ActionsQuery
from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery
from clawtui.engine.boundary.forwards import ForwardPort, Ports, PortsQuery, PortView
from clawtui.engine.boundary.plans import Apply, Arm, HostOutcome, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.prompts import AnswerPrompt, Prompt
from clawtui.engine.boundary.rollouts import HoldRollout
from clawtui.engine.boundary.value import Severity
from clawtui.errors import ClawtuiError
from clawtui.fleet.forwarding import ports_in
from clawtui_screens import questions, text
from clawtui_screens.desk import Desk
from clawtui_screens.dialog import Question
from clawtui_screens.look import Tone
from clawtui_screens.reader import Passage

Ask = Callable[[Question], Awaitable[str | None]]
Say = Callable[[str, Severity], None]
Read = Callable[[str, Sequence[Passage]], None]
_GOOD = ("ok", "skipped")
_MARKS = {"ok": ("●", Tone.OK), "warning": ("▲", Tone.WARNING), "failed": ("✗", Tone.ERROR), "skipped": ("·", Tone.DIM)}


@dataclass(frozen=True, slots=True)
class Deeds:
    """Knows how to ask the operator, to say something in passing, and to show lines to read."""

    desk: Desk
    ask: Ask
    say: Say
    read: Read

    @property
    def _engine(self) -> Engine:
        return self.desk.engine

    async def plan(self, words: tuple[str, ...], *, armed: bool) -> bool:
        """Plan, confirm, apply; a refusal of any kind is one sentence. True where it was done."""
        try:
            plan = await self._engine.ask(PlanQuery(words))
            if not isinstance(plan, Plan):
                self.say(f"{words[0]}: the engine made no plan", Severity.WARNING)
                return False
            typed = await self.ask(questions.of_plan(plan, armed=armed))
            if typed is None:
                return False
            outcome = await self._engine.do(Apply(plan.id, typed))
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return False
        self._tell(plan.title, outcome, listed=words[0] != "deploy")
        return outcome.done

    def _tell(self, title: str, outcome: Outcome, *, listed: bool) -> None:
        """Host by host, unless a screen of its own shows how it goes on."""
        if outcome.hosts and listed:
            self.read(clean(f"{title}: {outcome.words}", limit=300), outcome_passages(outcome.hosts))
        if outcome.words:
            self.say(outcome.words, Severity.INFO if outcome.done and not outcome.code else Severity.WARNING)

    async def do(self, intent: Intent) -> bool:
        """Something small that only speaks up when it is refused."""
        try:
            outcome = await self._engine.do(intent)
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return False
        if not outcome.done:
            self.say(outcome.words or "refused", Severity.WARNING)
        return outcome.done

    async def hold(self, rollout: str) -> None:
        """Neither armed nor confirmed: it only waits."""
        try:
            outcome = await self._engine.do(HoldRollout(rollout))
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return
        self.say(outcome.words, Severity.INFO if outcome.done else Severity.WARNING)

    async def arm(self, *, armed: bool) -> None:
        """A arms; A again ends it early."""
        minutes = 0.0 if armed else self.desk.arm_minutes
        if await self.do(Arm(minutes)):
            self.say(
                "armed: acting keys work, each shows its plan first" if minutes else "read-only again", Severity.INFO
            )

    async def answer(self, prompt: Prompt) -> None:
        """A host key, a secret: closing the dialog is a no."""
        typed = await self.ask(questions.of_prompt(prompt))
        no = "" if prompt.kind == "secret" else "no"
        await self.do(AnswerPrompt(prompt.id, no if typed is None else typed))

    async def ports(self, host: str) -> Sequence[PortView]:
        """Where its services are known to listen; nothing where nobody knows."""
        try:
            answer = await self._engine.ask(PortsQuery(host))
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return ()
        return answer.ports if isinstance(answer, Ports) else ()

    async def forward(self, host: str, words: str) -> None:
        """`8000` or `18000:8000`; not guarded, recorded."""
        try:
            local, remote = ports_in(words)
            outcome = await self._engine.do(ForwardPort(host, remote, local))
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return
        self.say(outcome.words, Severity.INFO if outcome.done else Severity.WARNING)

    async def doctor(self, host: str) -> None:
        """Each thing that was looked at, with its remedy."""
        try:
            diagnosis = await self._engine.ask(DoctorQuery(host))
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return
        if isinstance(diagnosis, Diagnosis):
            self.read(f"doctor {clean(host, limit=60)}", diagnosis_passages(diagnosis))

    async def actions(self) -> None:
        """`!`: the way out when the screens are not there."""
        try:
            answer = await self._engine.ask(ActionsQuery())
        except ClawtuiError as error:
            self.say(str(error), Severity.WARNING)
            return
        if isinstance(answer, Actions):
            self.read("actions taken, newest first; y copies a command", action_passages(answer.actions, self.desk))


def outcome_passages(outcomes: Sequence[HostOutcome]) -> list[Passage]:
    """Identical answers stand once, under the names of all hosts that gave them; trouble first."""
    groups: dict[tuple[str, str, bytes, bytes], list[HostOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.ending, outcome.words, outcome.stdout, outcome.stderr), []).append(outcome)
    lines: list[Passage] = []
    for (ending, words, stdout, stderr), members in sorted(groups.items(), key=lambda item: item[0][0] in _GOOD):
        glyph, tone = _MARKS["ok" if ending in _GOOD else "failed"]
        names = ", ".join(clean(member.host, limit=64) for member in members)
        status = members[0].status
        note = f"{ending}{f' {status}' if status else ''}{f': {words}' if words else ''}"
        lines.append(
            Passage(
                [
                    (f"{glyph} {text.plural(len(members), 'host')}  ", tone),
                    (names, Tone.PLAIN),
                    (f"  {clean(note, limit=400)}", tone),
                ]
            )
        )
        for stream, colour in ((stdout, Tone.PLAIN), (stderr, Tone.STALE)):
            decoded = stream.decode("utf-8", "replace").rstrip("\n")
            lines += [Passage([(f"   {line}", colour)]) for line in clean_lines(decoded)[:2000] if decoded]
    return lines


def diagnosis_passages(diagnosis: Diagnosis) -> list[Passage]:
    """A line a finding, its remedy under it."""
    lines: list[Passage] = []
    for finding in diagnosis.findings:
        glyph, tone = _MARKS.get(finding.state, _MARKS["skipped"])
        lines.append(
            Passage(
                [(f"{glyph} {clean(finding.what, limit=12):<10}", tone), (clean(finding.words, limit=1000), Tone.PLAIN)]
            )
        )
        if finding.remedy:
            remedy = clean(finding.remedy, limit=1000)
            lines.append(Passage([(f"{'':12}{remedy}", Tone.ACCENT)], remedy))
    return lines


def action_passages(actions: Sequence[Action], desk: Desk) -> list[Passage]:
    """When, who, what came of it; under it the clawtui line and the ssh commands it stood for."""
    if not actions:
        return [Passage([("nothing yet", Tone.DIM)])]
    lines: list[Passage] = []
    for action in actions:
        when = f"{text.day(action.at, desk.zone)}{text.zone_mark(desk.zone, action.at)}"
        hosts = clean(
            ", ".join(action.hosts[:6]) + (f" +{len(action.hosts) - 6}" if len(action.hosts) > 6 else ""), limit=200
        )
        good = action.outcome.startswith("ok") or not action.outcome
        cli = clean(action.cli, limit=4000)
        lines.append(
            Passage(
                [
                    (f"{when}  ", Tone.DIM),
                    (f"{clean(action.who, limit=40)}  {clean(action.verb, limit=30)} {hosts}  ", Tone.PLAIN),
                    (clean(f"{action.outcome} {action.note}".strip(), limit=200), Tone.OK if good else Tone.ERROR),
                ],
                cli,
            )
        )
        lines.append(Passage([(f"   {cli}", Tone.ACCENT)], cli))
        lines += [Passage([(f"   {clean(c, limit=4000)}", Tone.DIM)], clean(c)) for c in action.commands[:20]]
    return lines
