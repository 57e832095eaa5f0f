"""Four charts redrawn: ours beside plain plotext through `Text.from_ansi`, CPU time of this process.

`python tests/bench/charts_cost.py [--json]`. Each redraw has a new last sample, as each second brings it; the picture is composed
to styled segments for a terminal of 120x40, four charts of 59x15.
"""

import math
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from clawtui_screens import look
from clawtui_screens.widgets.chart import TONES, Painters, Remembered
from clawtui_screens.widgets.chart_canvas import Painter
from clawtui_screens.widgets.chart_frame import Plot, compose
from clawtui_screens.widgets.chart_series import Series
from tests.bench.figures import Figure, report

WIDTH, HEIGHT, CHARTS, ROUNDS = 59, 15, 4, 40
T0 = 1_795_000_000.0
STEP = 6.0


def plots(second: int) -> list[Plot]:
    """Half an hour of four metrics, one of them over its limit since ten minutes, with the fleet's median."""
    made: list[Plot] = []
    for n in range(CHARTS):
        noise = random.Random(n)
        times = tuple(T0 + i * STEP for i in range(300))
        values = [
            210 + 60 * math.sin(i / 9 + n) + noise.random() * 50 + (500 if n == 0 and i > 200 else 0)
            for i in range(300)
        ]
        values[-1] += 40 * math.sin(second)
        series = Series(times, tuple(values), tuple(values), tuple(values), STEP)
        quiet = tuple(200.0 for _ in range(60))
        median = Series(times[::5], quiet, quiet, quiet, 30.0)
        made.append(
            Plot(
                "p95",
                "count",
                T0 + second,
                T0 + 1800 + second,
                series,
                "812",
                "OVER limit",
                n == 0,
                500.0,
                median=median,
            )
        )
    return made


def ours(painter: Painter, *, remembered: bool) -> Callable[[int], None]:
    """The whole way of our widget, from a plot to strips; remembered as in the widget, or painted anew each time."""
    styles = look.palette("clawtui-dark")
    keep = [Remembered() for _ in range(CHARTS)]
    for one in keep:
        one.painter = painter

    def redraw(second: int) -> None:
        for one, plot in zip(keep, plots_of[second % ROUNDS], strict=True):
            grid = compose(plot, one if remembered else painter, WIDTH, HEIGHT)
            for y in range(HEIGHT):
                Strip(
                    [Segment(t, styles.style(TONES[r][0], bold=TONES[r][1])) for t, r in grid.runs(y)], WIDTH
                ).simplify()

    return redraw


def plain() -> Callable[[int], None]:
    """What one writes first: all points, plotext's own axes, its text parsed by Rich and cut into lines."""
    import plotext

    library: Any = plotext
    library.terminal.limit(False, False)
    console = Console(width=WIDTH, force_terminal=True, color_system="256")

    def redraw(second: int) -> None:
        for plot in plots_of[second % ROUNDS]:
            figure = library.figure
            figure.clear()
            figure.plot_size(WIDTH, HEIGHT)
            figure.theme("simple")
            figure.canvas("default")
            figure.title("p95")
            figure.draw(figure.signal(list(plot.series.times), list(plot.series.mean), marker="braille").lines())
            figure.line(500)
            text = Text.from_ansi(figure.build().string())
            for line in text.wrap(console, WIDTH, no_wrap=True):
                list(line.render(console))

    return redraw


def measured(redraw: Callable[[int], None]) -> float:
    """CPU milliseconds of one redraw of all charts: median of ten, in the quietest of four goes (neighbours cost caches)."""
    redraw(0)
    times: list[float] = []
    for second in range(ROUNDS):
        began = time.process_time()
        redraw(second)
        times.append((time.process_time() - began) * 1000)
    return min(statistics.median(times[n : n + 10]) for n in range(0, ROUNDS, 10))


plots_of = [plots(second) for second in range(ROUNDS)]


def main() -> int:
    """Ours, by both painters, and the plain way."""
    painters = Painters.of()
    painters.large.warm()
    peer = measured(plain())
    calm = [[replace(plot, limit=5000.0, median=None) for plot in four] for four in plots_of]
    by_plotext = measured(ours(painters.large, remembered=False))
    by_ours = measured(ours(painters.small, remembered=False))
    beside = measured(ours(painters.large, remembered=True))
    plots_of[:] = calm
    quiet = measured(ours(painters.large, remembered=True))
    said = f"plain plotext {peer:.1f}"
    return report(
        [
            Figure(
                "4 charts 59x15 redrawn, plotext, all new, one over its limit, median",
                by_plotext,
                "ms",
                "< 30",
                said,
                by_plotext < 30,
            ),
            Figure(
                "the same as the screen does it each second (unchanged curves kept)",
                beside,
                "ms",
                "< 30",
                said,
                beside < 30,
            ),
            Figure("the same, all well, no overlay", quiet, "ms", "< 30", said, quiet < 30),
            Figure("4 charts 59x15 redrawn by our own painter, all new", by_ours, "ms", "< 30", said, by_ours < 30),
            Figure("4 charts 59x15 redrawn by plain plotext and Text.from_ansi", peer, "ms"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
