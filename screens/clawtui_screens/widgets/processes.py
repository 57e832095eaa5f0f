"""Who uses CPU and memory on a host, heaviest first; pure."""

from datetime import tzinfo

from clawtui.clean import clean
from clawtui.engine.boundary.processes import Processes
from clawtui_screens import text
from clawtui_screens.cells import fitted
from clawtui_screens.look import Tone

Parts = list[tuple[str, Tone]]
HEAD = f"{'PID':>8} {'USER':<10} {'CORES':>6} {'MEM':>7} "


def title(answer: Processes, zone: tzinfo) -> str:
    """What the list is and of when."""
    note = f" — {clean(answer.note, limit=200)}" if answer.note else ""
    count = f"{len(answer.processes)} process{'' if len(answer.processes) == 1 else 'es'}"
    return f"{count} at {text.clock(answer.at, zone)}, heaviest first{note}"


def lines(answer: Processes, width: int) -> list[Parts]:
    """Header and a line each; names and commands are whatever the host says, cleaned."""
    name_room = 16 if width >= 70 else 12
    found: list[Parts] = [[(f"{HEAD}{'NAME':<{name_room}} COMMAND"[:width], Tone.DIM)]]
    for p in answer.processes:
        name, command = clean(p.name, limit=200), clean(p.command, limit=2000)
        heavy = Tone.WARNING if p.cpu >= 0.9 else Tone.PLAIN
        found.append(
            [
                (f"{p.pid:>8} {fitted(clean(p.user, limit=64), 10)} ", Tone.DIM),
                (f"{text.number(p.cpu):>6} ", heavy),
                (f"{text.size(p.memory):>7} ", Tone.PLAIN),
                (f"{fitted(name, name_room)} ", Tone.PLAIN),
                (command if command != name else "", Tone.DIM),
            ]
        )
    return found
