"""Which rollout and which hosts the deploy keys are about, on whatever screen they are pressed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from clawtui.engine.boundary.rollouts import RolloutView
from clawtui_screens.deploy_words import failing
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.messages import PlanWanted
from clawtui_screens.trail import DEPLOY

if TYPE_CHECKING:
    from clawtui_screens.lines import Lines


async def press(app: App[None], word: str, rollouts: Sequence[RolloutView], here: str, lines: "Lines") -> None:
    """A key's plan is asked for; hold needs none."""
    if word == "deploy":
        await lines.deploy(app, spec(rollouts), selector(app.screen, here))
    elif (view := about(app.screen, rollouts)) is None:
        return
    elif word == "hold":
        app.run_worker(lines.deeds.hold(view.id), group="hold", exclusive=True)
    elif word == "undo":
        app.post_message(PlanWanted(("deploy", "undo", view.service)))
    else:
        app.post_message(PlanWanted(("deploy", "resume" if view.state == "interrupted" else "next", view.id)))


def about(screen: object, rollouts: Sequence[RolloutView]) -> RolloutView | None:
    """The one on screen, else the one that goes on, else the last one."""
    shown = getattr(screen, "about", None)
    if isinstance(shown, RolloutView):
        return shown
    return next((view for view in rollouts if view.under_way), rollouts[0] if rollouts else None)


def why_off(action: str, view: RolloutView | None) -> str:
    """Why a key does nothing now; empty when it does something."""
    if action == "deploy":
        return ""
    if view is None:
        return "no rollout is known here"
    if action == "undo":
        return "" if view.under_way or view.code == 0 else "it went back already"
    if not view.under_way:
        return "no rollout goes on"
    if action == "hold":
        return "" if view.state not in ("paused", "interrupted", "reverting") else f"it is {view.state}"
    if view.state == "reverting":
        return "it goes back"
    bad = [gate.name for gate in failing(view)]
    return f"refused: {' and '.join(bad)} fails" if bad else ""


def spec(rollouts: Sequence[RolloutView]) -> str:
    """The folder of the last one."""
    file = next((view.spec for view in rollouts if view.spec), "")
    return str(Path(file).parent) if file else ""


def selector(screen: object, here: str) -> str:
    """Marked hosts, or the host on screen; on the other screens all that the spec names."""
    if isinstance(screen, FleetScreen):
        return ",".join(sorted(screen.marks))
    return "" if here == DEPLOY else here
