"""The lists of the Deploy screen: rollouts, hosts of one, steps of a host; waves and gates as lines. Pure."""

from collections.abc import Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.rollouts import RolloutGate, RolloutHost, RolloutStep, RolloutView, RolloutWave
from clawtui.engine.words import short
from clawtui_screens import deploy_words, text
from clawtui_screens.cells import fitted
from clawtui_screens.deploy_words import Parts, countdown, figure
from clawtui_screens.desk import Desk
from clawtui_screens.look import Tone
from clawtui_screens.reader import Passage
from clawtui_screens.widgets.table import Cells, Head

GUTTER, GAP = 3, 2
WAVES_SIDE = 58
# cells of the waves beside the gates
_STATES = {
    "verified": ("▲", Tone.ACCENT), "kept": ("●", Tone.OK), "finished": ("●", Tone.OK), "failed": ("✗", Tone.ERROR),
    "stuck": ("✗", Tone.ERROR), "lost": ("◐", Tone.STALE), "left": ("◐", Tone.STALE), "reverted": ("‖", Tone.WARNING),
    "reverting": ("▲", Tone.ERROR), "planned": ("○", Tone.DIM), "staged": ("○", Tone.PLAIN),
}  # fmt: skip
_STEPS = {
    "done": ("✓", Tone.OK), "same": ("=", Tone.DIM), "running": ("▲", Tone.ACCENT), "failed": ("✗", Tone.ERROR),
    "undone": ("‖", Tone.WARNING), "unknown": ("?", Tone.STALE),
}  # fmt: skip
_WAVES = {
    "baking": ("▲", Tone.ACCENT), "switching": ("▲", Tone.ACCENT), "kept": ("●", Tone.OK), "reverting": ("▲", Tone.ERROR),
    "reverted": ("‖", Tone.WARNING), "stuck": ("✗", Tone.ERROR),
}  # fmt: skip
_GATES = {"pass": Tone.OK, "fail": Tone.ERROR}
SAID = ("say", "WHAT CAME OF IT", 20)
TROUBLED = ("stuck", "failed", "reverting", "lost", "left")


def widths(room: int, *fixed: tuple[str, str, int]) -> list[Head]:
    """Columns of these widths; the last takes what is left."""
    taken = GUTTER + sum(cells + GAP for _, _, cells in fixed[:-1])
    name, title, least = fixed[-1]
    heads = [Head(name, title, cells, right=False) for name, title, cells in fixed[:-1]]
    return [*heads, Head(name, title, max(least, room - taken), right=False)]


# ---------------------------------------------------------------- rollouts


def rollout_heads(room: int) -> list[Head]:
    """Of the history."""
    if room < 100:
        return widths(room, ("when", "WHEN", 11), ("what", "SERVICE", 12), ("new", "RELEASE", 8), SAID)
    wide = ("when", "WHEN", 19), ("what", "SERVICE", 16), ("new", "RELEASE", 24), ("by", "BY", 12)
    return widths(room, *wide, SAID)


def rollout_cells(view: RolloutView, desk: Desk, room: int) -> Cells:
    """One line of the history."""
    tone = deploy_words.tone(view)
    glyph = {0: "●", 1: "‖", 2: "✗", 77: "⊘"}.get(view.code if view.code is not None else -1, "▲")
    said = [(deploy_words.verdict(view), tone)]
    service = [(clean(view.service, limit=40), Tone.PLAIN)]
    if room < 100:
        when = [(text.day(view.since, desk.zone)[5:16], Tone.DIM)]
        return Cells(desk.glyphs.fit(glyph), tone, (when, service, [(short(view.release), Tone.PLAIN)], said))
    when = [(text.day(view.since, desk.zone), Tone.DIM)]
    by = [(clean(view.by, limit=30), Tone.DIM)]
    return Cells(desk.glyphs.fit(glyph), tone, (when, service, [(clean(view.release, limit=40), Tone.PLAIN)], by, said))


# ---------------------------------------------------------------- hosts of one


def hosts(view: RolloutView) -> list[RolloutHost]:
    """Trouble first, then wave by wave; those that were never reached are named, too."""
    there = {host.name for host in view.hosts}
    behind = [RolloutHost(gone.host, -1, "left", gone.why) for gone in view.unreachable if gone.host not in there]
    return sorted([*view.hosts, *behind], key=lambda host: (_trouble(host), host.wave, host.name))


def _trouble(host: RolloutHost) -> int:
    return TROUBLED.index(host.state) if host.state in TROUBLED else len(TROUBLED)


def host_heads(room: int) -> list[Head]:
    """Of the hosts."""
    if room < 100:
        return widths(room, ("host", "HOST", 14), ("state", "STATE", 9), ("steps", "STEPS", 12), ("say", "", 10))
    wide = ("host", "HOST", 20), ("wave", "WAVE", 8), ("state", "STATE", 10), ("serves", "SERVES", 10)
    return widths(room, *wide, ("steps", "STEPS", 20), ("say", "", 10))


def host_cells(view: RolloutView, host: RolloutHost, desk: Desk, room: int) -> Cells:
    """One host."""
    glyph, tone = _STATES.get(host.state, ("▲", Tone.ACCENT))
    running = next((step.words for step in host.steps if step.state == "running"), "")
    name, state = [(clean(host.name, limit=80), Tone.PLAIN)], [(clean(host.state, limit=12), tone)]
    say = [(clean(running or host.words, limit=300), tone if host.state in TROUBLED else Tone.DIM)]
    steps: Parts = [_STEPS.get(step.state, ("·", Tone.DIM)) for step in host.steps] or [(text.NOTHING, Tone.DIM)]
    glyph = desk.glyphs.fit(glyph)
    if room < 100:
        return Cells(glyph, tone, (name, state, steps, say))
    wave = clean(view.waves[host.wave].name, limit=12) if 0 <= host.wave < len(view.waves) else text.NOTHING
    serves = next((release for release, names in view.runs.items() if host.name in names), None)
    now = text.NOTHING if serves is None else short(serves)
    return Cells(glyph, tone, (name, [(wave, Tone.DIM)], state, [(now, Tone.PLAIN)], steps, say))


# ---------------------------------------------------------------- steps of one host


def step_heads(room: int) -> list[Head]:
    """Of the steps."""
    return widths(room, ("kind", "STEP", 10), ("state", "STATE", 8), ("took", "TOOK", 6), ("say", "", 10))


def step_cells(step: RolloutStep, desk: Desk) -> Cells:
    """One step."""
    glyph, tone = _STEPS.get(step.state, ("·", Tone.DIM))
    took = _seconds(step.seconds) if step.seconds else ""
    kind, state = [(clean(step.kind, limit=20), Tone.PLAIN)], [(clean(step.state, limit=12), tone)]
    say = [(clean(step.words, limit=400), Tone.ERROR if step.state == "failed" else Tone.DIM)]
    return Cells(desk.glyphs.fit(glyph), tone, (kind, state, [(took, Tone.DIM)], say))


def step_passages(step: RolloutStep) -> list[Passage]:
    """The exact command and the output, to be read and copied."""
    glyph, tone = _STEPS.get(step.state, ("·", Tone.DIM))
    took = f" in {_seconds(step.seconds)}" if step.seconds else ""
    lines = [Passage([(f"{glyph} {clean(step.state)}{took}  ", tone), (clean(step.words, limit=2000), Tone.PLAIN)])]
    command = clean(step.command, limit=8000)
    lines += [
        Passage([("the far runner was told (secrets are left out)", Tone.DIM)]),
        Passage([(f"   {command}", Tone.ACCENT)], command),
    ]
    lines.append(Passage([("it said" if step.output else "it said nothing", Tone.DIM)]))
    return lines + [Passage([(f"   {clean(line, limit=2000)}", Tone.PLAIN)]) for line in step.output]


def _seconds(value: float) -> str:
    return f"{value:.1f}s" if value < 10 else text.lasting(value)


# ---------------------------------------------------------------- waves and gates


def panel(view: RolloutView, width: int, most: int) -> list[Parts]:
    """Side by side where there is room; else the gates on one line above the waves."""
    waves, judged = _few(view.waves, most), view.gates if view.state != "reverting" else ()
    if width < 100:
        gates = [_gates_line(judged)] if judged else []
        return [*gates, *(_wave(view, wave, width) for wave in waves)]
    left = [_wave(view, wave, WAVES_SIDE) for wave in waves]
    right = [_gate_head(), *(_gate(gate) for gate in judged)] if judged else []
    rows = max(len(left), len(right))
    blank: Parts = [(" " * WAVES_SIDE, Tone.PLAIN)]
    return [
        [*(left[row] if row < len(left) else blank), ("  ", Tone.PLAIN), *(right[row] if row < len(right) else [])]
        for row in range(rows)
    ]


def _few(waves: Sequence[RolloutWave], most: int) -> Sequence[RolloutWave]:
    """Around the one that is at work."""
    if len(waves) <= most:
        return waves
    at = next((n for n, wave in enumerate(waves) if wave.state != "kept"), len(waves))
    first = max(0, min(at - 1, len(waves) - most))
    return waves[first : first + most]


def _wave(view: RolloutView, wave: RolloutWave, width: int) -> Parts:
    glyph, tone = _WAVES.get(wave.state, ("○", Tone.DIM))
    number = view.waves.index(wave) + 1
    name = clean(wave.name, limit=12)
    title = f" WAVE {number}{f' {name}' if not name.isdigit() else ''}"
    bake = f" {countdown(wave.bake_done_s)}/{countdown(wave.bake_s)}" if wave.state == "baking" else ""
    state = f"{glyph} {clean(wave.state, limit=12)}{bake}"
    names = " ".join(clean(host, limit=40) for host in wave.hosts)
    room = width - 16 - 20
    shown = names if len(names) <= room else text.plural(len(wave.hosts), "host")
    return [(fitted(title, 16), Tone.PLAIN), (fitted(state, 20), tone), (fitted(shown, room), Tone.DIM)]


def _gate_head() -> Parts:
    return [(f"{'GATE':<13}{'canary':>9}{'others':>10}{'limit':>10}  verdict", Tone.DIM)]


def _gate(gate: RolloutGate) -> Parts:
    values = f"{figure(gate, gate.canary):>9}{figure(gate, gate.others):>10}{figure(gate, gate.limit):>10}  "
    return [(f"{clean(gate.name, limit=12):<13}", Tone.PLAIN), (values, Tone.PLAIN), _verdict(gate)]


def _verdict(gate: RolloutGate) -> tuple[str, Tone]:
    since = f" {text.lasting(gate.for_s)}" if gate.for_s else ""
    word = gate.verdict.upper() if gate.verdict == "fail" else clean(gate.verdict, limit=14)
    return f"{word}{since}", _GATES.get(gate.verdict, Tone.STALE)


def _gates_line(gates: Sequence[RolloutGate]) -> Parts:
    parts: Parts = [(" GATE", Tone.DIM)]
    for gate in gates:
        others = f"/{figure(gate, gate.others)}" if gate.others is not None else ""
        parts += [(f"  {clean(gate.name, limit=12)} {figure(gate, gate.canary)}{others} ", Tone.PLAIN), _verdict(gate)]
    return parts


def log(view: RolloutView, most: int) -> list[Parts]:
    """What happened last, the newest below."""
    return [[(f" {clean(line, limit=400)}", Tone.DIM)] for line in view.log[-most:]]


def leading(host: RolloutHost) -> str:
    """The step that is looked at first: what failed, else what runs, else the last that was done."""
    by_state = {step.state: step.id for step in host.steps}
    found = (by_state[state] for state in ("failed", "unknown", "running", "done") if state in by_state)
    return next(found, "")
