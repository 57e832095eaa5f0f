"""A rollout on a terminal: the verdict, waves, hosts that are not through yet, drawn over itself; and its last word anywhere."""

from clawtui.cli.out import Out
from clawtui.cli.width import cut
from clawtui.engine.boundary.rollouts import RolloutHost, RolloutView

HOSTS = 12
LOG = 4
LOOKS = {
    "kept": "good",
    "finished": "good",
    "verified": "good",
    "failed": "bad",
    "stuck": "bad",
    "lost": "bad",
    "reverted": "warn",
    "reverting": "warn",
}
SETTLED = ("planned", "staged", "kept", "finished")


class Table:
    """Draws over what it drew before."""

    def __init__(self, out: Out) -> None:
        self._out, self._height = out, 0

    def begin(self) -> None:
        """Below whatever stands there now."""
        self._height = 0

    def show(self, view: RolloutView) -> None:
        """The newest state."""
        lines = self._lines(view)
        up = f"\x1b[{self._height}A\x1b[J" if self._height else ""
        self._out.raw((up + "\n".join(lines) + "\n").encode("utf-8", "replace"))
        self._height = len(lines)

    def _lines(self, view: RolloutView) -> list[str]:
        paint, wide = self._out.paint, self._out.width - 1
        waves = "  ".join(f"{wave.name}: {wave.state}" for wave in view.waves)
        busy = [host for host in view.hosts if host.state not in SETTLED][:HOSTS]
        return [
            paint(cut(view.verdict, wide), "bold"),
            paint(cut(waves, wide), "dim"),
            *(paint(cut(_host(host), wide), LOOKS.get(host.state, "")) for host in busy),
            *(paint(cut(f"  {line}", wide), "dim") for line in view.log[-LOG:]),
        ]


def ending(out: Out, view: RolloutView) -> None:
    """The verdict, who was left behind, and what to do next."""
    out.line(view.verdict, look="good" if view.code == 0 else "bad")
    for gone in view.unreachable:
        out.line(f"left behind: {gone.host}: {gone.why}", look="warn")
    if view.code == 3:
        out.line("clawtui deploy next goes on, undo goes back, attach shows it", look="dim")


def _host(host: RolloutHost) -> str:
    running = next((step.words for step in host.steps if step.state == "running"), "")
    words = host.words or running
    return f"  {host.name}  {host.state}{f'  {words}' if words else ''}"
