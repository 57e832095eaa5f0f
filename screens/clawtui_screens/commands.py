"""What becomes of a line behind `:`; acting verbs go to the engine as plans, the others are done here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from textual.app import App
from textual.widget import Widget

from clawtui.clean import clean
from clawtui.engine.boundary.value import Severity
from clawtui.engine.boundary.views import RemoveView, SavedView, SaveView, Views, ViewsQuery
from clawtui.errors import ClawtuiError, UsageError
from clawtui_screens import look, verbs
from clawtui_screens.choosing import ALL, Choosing
from clawtui_screens.deeds import Deeds
from clawtui_screens.desk import Desk
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.messages import OpenHost, PlanWanted, ShellWanted


@dataclass
class Commands:
    """Carries out lines; everything that went wrong is one sentence on the screen."""

    desk: Desk
    deeds: Deeds
    choosing: Choosing
    leave: Callable[[App[None]], Awaitable[None]]
    views: Sequence[SavedView] = ()
    # as last heard of, for completion

    async def learn(self) -> None:
        """What may be completed; a refusal is told when a view is asked for."""
        try:
            await self._views()
            await self.choosing.learn()
        except ClawtuiError:
            self.views = ()

    @property
    def names(self) -> dict[str, Sequence[str]]:
        """What may stand behind `view` and `ctx`."""
        contexts = [view.name for view in self.choosing.known]
        return {"view": [view.name for view in self.views], "ctx": [*contexts, ALL] if len(contexts) > 1 else contexts}

    async def carry_out(self, app: App[None], fleet: FleetScreen, line: str) -> None:
        """One line."""
        try:
            command = verbs.parse(line)
            if command.plans:
                app.post_message(PlanWanted(command.words))
            else:
                await self._do(app, fleet, command)
        except (UsageError, ValueError, ClawtuiError) as error:
            self.deeds.say(str(error), Severity.WARNING)

    async def _do(self, app: App[None], fleet: FleetScreen, command: verbs.Command) -> None:
        words = command.words
        match command.verb:
            case "status" | "hosts":
                fleet.filter_by(" ".join(words))
                await app.run_action("app.view('')")
            case "host":
                app.post_message(OpenHost(_known(fleet, words[0])))
            case "doctor":
                await self.deeds.doctor(_known(fleet, words[0]))
            case "shell":
                app.post_message(ShellWanted(_known(fleet, words[0])))
            case "forward":
                await self.deeds.forward(_known(fleet, words[0]), words[1])
            case "view":
                await self._view(app, fleet, words)
            case "ctx":
                await self.choosing.command(app, words)
            case "set":
                self._set(app, words)
            case "actions":
                await app.run_action("app.taken")
            case "quit":
                await self.leave(app)
            case _:
                await app.run_action("app.help")

    # ------------------------------------------------------------ views

    async def _views(self) -> Sequence[SavedView]:
        answer = await self.desk.engine.ask(ViewsQuery())
        self.views = answer.views if isinstance(answer, Views) else ()
        return self.views

    async def _view(self, app: App[None], fleet: FleetScreen, words: tuple[str, ...]) -> None:
        """`save NAME`, `rm NAME`, or NAME."""
        match words:
            case ("save", name):
                if await self.deeds.do(SaveView(saved(name, fleet, self.desk.window_s))):
                    self.deeds.say(f"view {name} is saved; :view {name} brings it back", Severity.INFO)
            case ("rm", name):
                if await self.deeds.do(RemoveView(name)):
                    self.deeds.say(f"view {name} is gone", Severity.INFO)
            case (name,):
                known = {view.name: view for view in await self._views()}
                if name not in known:
                    there = ", ".join(known) or "none"
                    raise UsageError(f"no view {name!r}; saved: {there}; :view save NAME keeps this one")
                self.desk.window_s = known[name].window_s
                fleet.take(known[name])
                await app.run_action("app.view('')")
            case _:
                raise UsageError(verbs.SCREEN_VERBS["view"])
        await self.learn()

    # ------------------------------------------------------------ settings of the moment

    def _set(self, app: App[None], words: tuple[str, ...]) -> None:
        if words[0] == "theme" and len(words) == 2:
            known = [theme.name for theme in look.THEMES]
            if words[1] not in known:
                raise UsageError(f"no theme {words[1]!r}; there are {', '.join(known)}")
            app.theme = words[1]
        elif words[0] == "tz" and len(words) == 2:
            self.desk.set_zone(words[1])
            app.screen.refresh(layout=False)
            for widget in app.screen.query(Widget):
                widget.refresh()
        else:
            raise UsageError(verbs.SCREEN_VERBS["set"])


def saved(name: str, fleet: FleetScreen, window_s: float) -> SavedView:
    """How the fleet is listed now, under a name."""
    wish = fleet.wish
    filters = wish.filters if wish.filtering else ()
    return SavedView(name, wish.sort, wish.reverse, wish.group, filters, fleet.wide, window_s)


def _known(fleet: FleetScreen, name: str) -> str:
    if name not in fleet.picture.hosts:
        raise UsageError(f"no host {clean(name, limit=80)!r} in this fleet; tab completes names")
    return name
