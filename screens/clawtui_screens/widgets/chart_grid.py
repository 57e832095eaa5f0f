"""The charts of one host side by side: as many as there is room for, one of them focused."""

import asyncio
from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Container

from clawtui_screens.widgets.chart import Chart, Painters
from clawtui_screens.widgets.chart_frame import Plot

MOST = 4
WIDE, TALL = 100, 32


class ChartGrid(Container):
    """Two by two where the terminal is wide and tall, else fewer; zoomed, the focused one alone."""

    DEFAULT_CSS = "ChartGrid { layout: grid; grid-size: 1; height: 1fr; } ChartGrid Chart { display: none; }"

    def __init__(self, painters: Painters, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.charts = [Chart(painters, id=f"chart{n}") for n in range(MOST)]
        self.room = 1
        # how many are shown
        self.zoomed = False
        self._painters = painters
        self._last = 0  # the one that had the focus last

    def compose(self) -> ComposeResult:
        """All of them; most terminals show fewer."""
        yield from self.charts

    async def warm(self) -> None:
        """Importing plotext takes a tenth of a second: in a thread, while our own painter draws; then once more by plotext."""
        await asyncio.to_thread(self._painters.large.warm)
        for chart in self.charts:
            self.call_later(chart.repaint)

    @property
    def focused(self) -> int:
        """The chart that keys are about: the focused one, or the last that was."""
        self._last = next((n for n, chart in enumerate(self.charts) if chart.has_focus), self._last)
        return self._last if self.zoomed or self._last < self.room else 0

    def fit(self, width: int, height: int, *, one_row: bool) -> None:
        """Lay out for a terminal of this size; `one_row` leaves the lower half to a pane."""
        focused = self.focused
        wide, tall = width >= WIDE, height >= TALL
        columns = 2 if wide and not self.zoomed else 1
        self.room = 1 if self.zoomed else columns * (2 if tall and not one_row else 1)
        self.styles.grid_size_columns = columns
        for n, chart in enumerate(self.charts):
            chart.display = n == focused if self.zoomed else n < self.room
        self.styles.height = max(6, (height - 3) // 2) if not self.zoomed and (one_row or not tall) else "1fr"

    def zoom(self) -> None:
        """The focused chart alone, or all of them again."""
        self._last, self.zoomed = self.focused, not self.zoomed

    def take_focus(self) -> None:
        """The chart that had it."""
        self.charts[self._last if self.zoomed else min(self._last, self.room - 1)].focus()

    def shown(self, metrics: Sequence[str]) -> list[str]:
        """Of the metrics in the order of the charts, those that are seen."""
        return [metric for chart, metric in zip(self.charts, metrics, strict=False) if chart.display]

    def show(self, metrics: Sequence[str], plot: Callable[[str], Plot]) -> None:
        """Give every visible chart its plot."""
        for chart, metric in zip(self.charts, metrics, strict=False):
            if chart.display:
                chart.show(plot(metric))
