"""What stands in the pane below the charts: processes, or facts."""

from clawtui.clean import clean
from clawtui_screens import host_drawing
from clawtui_screens.host_asks import ProcessesCame
from clawtui_screens.host_state import HostState
from clawtui_screens.look import Tone
from clawtui_screens.widgets import inspect, processes
from clawtui_screens.widgets.inspect_pane import Pane


def fill(pane: Pane, name: str, state: HostState, came: ProcessesCame | None) -> None:
    """Show what is known of it now, or why nothing is."""
    width = pane.app.size.width
    top, refused = (came.answer, came.words) if came else (None, "")
    if name == "inspect":
        head = f"{clean(state.host, limit=60)}: facts and metrics"
        if state.detail is None:
            pane.show(head, [[(" the engine has not told them yet", Tone.DIM)]])
            return
        scene = state.scene()
        pane.show(head, inspect.lines(state.detail, [host_drawing.seen(o, scene) for o in state.offers], width))
    elif name == "processes" and top is not None:
        pane.show(processes.title(top, state.desk.zone), processes.lines(top, width))
    elif name == "processes":
        pane.show(
            "processes",
            [[(f" no processes: {refused}" if refused else " asking the host", Tone.STALE if refused else Tone.DIM)]],
        )
