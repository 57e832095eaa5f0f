"""A rollout in words: its first line, what runs where, what the bar says; pure."""

from collections.abc import Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.rollouts import RolloutGate, RolloutView
from clawtui.engine.words import short
from clawtui_screens import text
from clawtui_screens.desk import Desk
from clawtui_screens.look import Tone

Parts = list[tuple[str, Tone]]
TEACHES = (
    "from a folder to a service on these hosts; neither changes anything there:",
    "  clawtui init DIR          looks at the folder and writes its service.toml",
    "  clawtui deploy plan DIR   looks at the hosts and says what would change",
    "D asks for the folder and shows that plan here; ? shows the keys",
)
DOTS = 12
_TONES = {
    "done": Tone.OK,
    "reverted": Tone.WARNING,
    "aborted": Tone.WARNING,
    "refused": Tone.WARNING,
    "stuck": Tone.ERROR,
}
_WAITING = {"paused": Tone.WARNING, "interrupted": Tone.WARNING, "reverting": Tone.ERROR}


def countdown(seconds: float) -> str:
    """Minutes and seconds: 1:50."""
    left = max(0, int(seconds))
    return f"{left // 60}:{left % 60:02}"


def serving(view: RolloutView) -> tuple[int, int]:
    """On how many hosts the new release serves, and of how many."""
    behind = {gone.host for gone in view.unreachable} - {host.name for host in view.hosts}
    return len(view.runs.get(view.release, ())), len(view.hosts) + len(behind)


def failing(view: RolloutView) -> list[RolloutGate]:
    """Gates that say no now; of a rollout that has ended none."""
    return [gate for gate in view.gates if gate.verdict == "fail"] if view.under_way else []


def tone(view: RolloutView) -> Tone:
    """The colour of its state."""
    if not view.under_way:
        return _TONES.get(view.state, Tone.PLAIN)
    return _WAITING.get(view.state) or (Tone.ERROR if failing(view) else Tone.ACCENT)


def sentence(view: RolloutView | None, now: float, *, wide: bool = True) -> tuple[str, Tone]:
    """The first line: how the new release does, and the one thing that happens by itself next."""
    if view is None:
        return "no rollout is known here", Tone.PLAIN
    named = f"{clean(view.service, limit=40)} {short(view.release)}"
    there, total = serving(view)
    if view.state == "paused":
        return f"{named} on {there} of {total} waits: {clean(view.hold, limit=300)}", tone(view)
    if view.state != "baking":
        return f"{clean(view.service, limit=40)}: {verdict(view)}", tone(view)
    next_one = _timer(view, now, wide=wide)
    where = f"{named} on {there} of {total}" if wide else f"{short(view.release)} on {there}/{total}"
    return f"{where}: {_compared(view, wide=wide)}.{f' {next_one}' if next_one else ''}", tone(view)


def verdict(view: RolloutView) -> str:
    """The engine's words, with releases as short as everywhere here."""
    said = clean(view.verdict, limit=400)
    for release in filter(None, (view.release, view.previous)):
        said = said.replace(clean(release), short(release))
    return said


def _compared(view: RolloutView, *, wide: bool) -> str:
    """The canary against the others: figures, no causes."""
    bad = failing(view)
    if bad:
        too = f", {' and '.join(clean(gate.name, limit=20) for gate in bad[1:])} too" if bad[1:] else ""
        return f"{_worse(bad[0], wide=wide)}{too}"
    unsure = [gate.name for gate in view.gates if gate.verdict == "inconclusive"]
    if unsure:
        return f"{' and '.join(clean(name, limit=20) for name in unsure)} cannot be judged yet"
    judged = [gate for gate in view.gates if gate.others is not None]
    return "no worse than the others" if judged else "healthy" if view.gates else "it bakes"


def _worse(gate: RolloutGate, *, wide: bool) -> str:
    name = clean(gate.name, limit=20)
    if gate.others is None:
        return f"{name} says no"
    if not wide:
        return f"{name} {figure(gate, gate.canary)} vs {figure(gate, gate.others)}"
    return f"{name} WORSE than the others ({figure(gate, gate.canary)} vs {figure(gate, gate.others)})"


def _timer(view: RolloutView, now: float, *, wide: bool) -> str:
    if view.timer is None:
        return ""
    left = countdown(view.timer.at - now)
    bad = failing(view)
    if bad and view.timer.what == "bake ends":
        return f"Undoes itself in {left}{' unless it recovers' if wide and len(bad) == 1 else ''}."
    return f"{clean(view.timer.what, limit=40).capitalize()} in {left}."


def figure(gate: RolloutGate, value: float | None) -> str:
    """A value of a gate with its unit."""
    if value is None:
        return text.NOTHING
    if gate.name == "healthy":
        return "yes" if value else "no"
    if "ratio" in gate.name:
        return text.measure(value, "ratio")
    return text.measure(value, "s") if gate.name.startswith("p") else text.number(value)


def runs(view: RolloutView, desk: Desk, *, wide: bool) -> tuple[Parts, Parts]:
    """What runs where; at the right whose rollout it is."""
    parts: Parts = [(" RUNS", Tone.DIM)]
    for release, hosts in sorted(view.runs.items(), key=lambda item: item[0] == view.release):
        new = release == view.release
        glyph, colour = ("●", Tone.OK if view.code == 0 else tone(view)) if new else ("○", Tone.DIM)
        dots = glyph * len(hosts) if len(hosts) <= DOTS and wide else glyph
        parts += [(f"  {short(release)} ", Tone.PLAIN), (f"{dots} ", colour), (f"{len(hosts)}", Tone.PLAIN)]
    if view.unreachable:
        parts.append((f"  behind {len(view.unreachable)}", Tone.STALE))
    by = clean(view.by, limit=30)
    right = f"by {by} {text.moment(view.since, desk.clock(), desk.zone)}{text.zone_mark(desk.zone, view.since)} "
    if wide and view.lock_age_s is not None:
        right = f"{right}· locked {text.lasting(desk.clock() - view.since)} "
    return parts, [(right, Tone.DIM)]


def in_bar(rollouts: Sequence[RolloutView], now: float, *, wide: bool) -> tuple[str, Tone] | None:
    """What goes on, on every screen; None where nothing does."""
    busy = [view for view in rollouts if view.under_way]
    if not busy:
        return None
    view = busy[0]
    there, total = serving(view)
    more = f" +{len(busy) - 1}" if len(busy) > 1 else ""
    if not wide:
        return f"{short(view.release)[:8]} {there}/{total}{more}", tone(view)
    wave = next((one.name for one in view.waves if one.state in ("switching", "baking", "reverting")), "")
    doing = f"{view.state} {countdown(view.timer.at - now)}" if view.timer else view.state
    name = f"{clean(view.service, limit=16)} {short(view.release)}"
    return (
        f"{name} {f'{clean(wave, limit=10)} ' if wave and not wave.isdigit() else ''}{there}/{total} {doing}{more}",
        tone(view),
    )
