"""Which rollout and which hosts the deploy keys are about, on whatever screen they are pressed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from clawtui.clean import clean
from clawtui.engine.boundary.rollouts import RolloutHost, RolloutView
from clawtui.engine.boundary.value import Severity
from clawtui_screens.deploy_words import failing
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.messages import PlanWanted
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.trail import DEPLOY

if TYPE_CHECKING:
    from clawtui_screens.lines import Lines

SERVICE = ("restart", "drain", "undrain")


async def press(app: App[None], word: str, rollouts: Sequence[RolloutView], here: str, lines: "Lines") -> None:
    """A key's plan is asked for; hold needs none."""
    if word == "deploy":
        await lines.deploy(app, spec(rollouts), selector(app.screen, here))
    elif word in SERVICE:
        await _service(app, word, target(app.screen, here), rollouts, lines)
    elif (view := about(app.screen, rollouts)) is None:
        return
    elif word == "hold":
        app.run_worker(lines.deeds.hold(view.id), group="hold", exclusive=True)
    elif word == "undo":
        app.post_message(PlanWanted(("deploy", "undo", view.service)))
    else:
        app.post_message(PlanWanted(("deploy", "resume" if view.state == "interrupted" else "next", view.id)))


async def _service(
    app: App[None], word: str, hosts: Sequence[str], rollouts: Sequence[RolloutView], lines: "Lines"
) -> None:
    """The only service at once, of several the one that is chosen."""
    from clawtui_screens.jump import LETTERS
    from clawtui_screens.menu import Choice, Menu

    known = services(_picture(app), hosts, rollouts)
    chosen = ",".join(hosts)

    def taken(name: str | None) -> None:
        if name is not None:
            app.post_message(PlanWanted(("service", word, chosen, name)))

    if len(known) == 1:
        taken(known[0])
    elif known:
        choices = [Choice(name, key, clean(name, limit=60)) for key, name in zip(LETTERS, known, strict=False)]
        await app.push_screen(Menu(f"{word} which service?", choices, lines.desk.glyphs), callback=taken)
    else:
        lines.deeds.say(
            f"no service is known on {clean(chosen, limit=80)}: :service {word} HOST NAME", Severity.WARNING
        )


def _picture(app: App[None]) -> Picture:
    root = app.screen_stack[0]
    return root.picture if isinstance(root, FleetScreen) else NOTHING_KNOWN


def target(screen: object, here: str) -> tuple[str, ...]:
    """Marked hosts, else the one under the cursor or on screen."""
    if isinstance(screen, FleetScreen):
        return tuple(sorted(screen.marks)) or ((screen.host,) if screen.host else ())
    if here == DEPLOY:
        host = getattr(screen, "host", None)
        return (host.name,) if isinstance(host, RolloutHost) else ()
    return (here,) if here else ()


def services(picture: Picture, hosts: Sequence[str], rollouts: Sequence[RolloutView]) -> list[str]:
    """What is known to run on them: watched, or rolled out."""
    seen = {one.name for name in hosts if name in picture.hosts for one in picture.hosts[name].services}
    brought = {view.service for view in rollouts for host in view.hosts if host.name in hosts and host.turns}
    return sorted(seen | brought)


def about(screen: object, rollouts: Sequence[RolloutView]) -> RolloutView | None:
    """The one on screen, else the one that goes on, else the last one."""
    shown = getattr(screen, "about", None)
    if isinstance(shown, RolloutView):
        return shown
    return next((view for view in rollouts if view.under_way), rollouts[0] if rollouts else None)


def why_off(action: str, view: RolloutView | None, hosts: Sequence[str] = ()) -> str:
    """Why a key does nothing now; empty when it does something."""
    if action == "deploy":
        return ""
    if action in SERVICE:
        return "" if hosts else "no host under the cursor"
    if view is None:
        return "no rollout is known here"
    if action == "undo":
        if view.state == "reverting":
            return "it goes back already"
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
