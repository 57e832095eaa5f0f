"""Which context is on screen: `:ctx`, the list where there are several, and the first run where there is none."""

from collections.abc import Sequence

from textual.app import App

from clawtui.clean import clean
from clawtui.engine.boundary.contexts import (
    AcceptFleet,
    Candidates,
    CandidatesQuery,
    ContextList,
    ContextsQuery,
    ContextView,
    FleetOffer,
    UseContext,
    WriteContext,
)
from clawtui.engine.boundary.value import Severity
from clawtui.errors import ClawtuiError, UsageError
from clawtui_screens import text
from clawtui_screens.deeds import Deeds
from clawtui_screens.desk import Desk
from clawtui_screens.dialog import Dialog
from clawtui_screens.jump import LETTERS
from clawtui_screens.menu import Choice, Menu
from clawtui_screens.picker import Picker
from clawtui_screens.promptline import PromptLine
from clawtui_screens.questions import of_offer

ALL = "all"
OFFER = "./fleet.toml"
"""No context can have such a name."""


class Choosing:
    """Asks the operator, in a worker; the engine does the rest."""

    def __init__(self, desk: Desk, deeds: Deeds) -> None:
        self._desk, self._deeds = desk, deeds
        self.known: Sequence[ContextView] = ()

    async def learn(self) -> ContextList:
        """Which there are."""
        answer = await self._desk.engine.ask(ContextsQuery())
        found = answer if isinstance(answer, ContextList) else ContextList()
        self.known = found.contexts
        return found

    async def at_start(self, app: App[None]) -> None:
        """With a context on screen there is nothing to ask."""
        try:
            found = await self.learn()
            if found.chosen:
                return
            if found.contexts:
                await self.choose(app, found)
            elif found.offer is None or not await self._offered(app, found.offer):
                await self._first(app)
        except ClawtuiError:  # an engine that knows of no contexts shows what it has
            return

    async def choose(self, app: App[None], found: ContextList) -> None:
        """Arrows and enter, or a letter."""
        contexts, offer = found.contexts, found.offer
        choices = [
            Choice(view.name, key, clean(view.name, limit=24), _note(view))
            for key, view in zip(LETTERS, contexts, strict=False)
        ]
        if len(contexts) > 1:
            choices.append(Choice(ALL, "*", "all of them", "in one list"))
        if offer is not None:
            choices.append(
                Choice(OFFER, ".", clean(offer.context, limit=24), "this folder's fleet.toml, not accepted yet")
            )
        chosen = await app.push_screen_wait(Menu("which context? (:ctx NAME changes it)", choices, self._desk.glyphs))
        if chosen == OFFER and offer is not None:
            await self._offered(app, offer)
        elif chosen is not None:
            await self.use(chosen)

    async def _offered(self, app: App[None], offer: FleetOffer) -> bool:
        """What it would run, and a whole yes; True when it is on screen."""
        if await app.push_screen_wait(Dialog(of_offer(offer), self._desk.glyphs)) is None:
            return False
        outcome = await self._desk.engine.do(AcceptFleet(offer.file, offer.digest))
        self._deeds.say(outcome.words, Severity.INFO if outcome.done else Severity.WARNING)
        return outcome.done and await self.use(offer.context)

    async def command(self, app: App[None], words: Sequence[str]) -> None:
        """`:ctx`, `:ctx NAME`, `:ctx all`."""
        if len(words) > 1:
            raise UsageError("ctx NAME, ctx all, or ctx alone for a list")
        if words:
            await self.use(words[0])
        else:
            found = await self.learn()
            await (self.choose(app, found) if found.contexts or found.offer else self._first(app))

    async def use(self, name: str) -> bool:
        """Another one from now on; what it was called for stays as it is where that fails."""
        try:
            outcome = await self._desk.engine.do(UseContext(name))
        except ClawtuiError as error:
            self._deeds.say(str(error), Severity.WARNING)
            return False
        self._deeds.say(outcome.words, Severity.INFO if outcome.done else Severity.WARNING)
        return outcome.done

    async def _first(self, app: App[None]) -> None:
        """Hosts are picked, the context is named, written, and shown."""
        known = await self._desk.engine.ask(CandidatesQuery())
        if not isinstance(known, Candidates) or not known.hosts:
            self._deeds.say(
                "ssh and Ansible name no host yet: write a fleet file, or :q and clawtui demo", Severity.INFO
            )
            return
        picked = await app.push_screen_wait(Picker(known, self._desk.glyphs))
        if picked is None:
            return
        hint = f"a name for this fleet of {text.plural(len(picked), 'host')}: letters, digits, - _ and ."
        name = await app.push_screen_wait(PromptLine("name", hint, glyphs=self._desk.glyphs, value="mine"))
        if not name or not name.strip():
            return
        outcome = await self._desk.engine.do(WriteContext(name.strip(), picked))
        self._deeds.say(outcome.words, Severity.INFO if outcome.done else Severity.WARNING)
        if outcome.done:
            await self.use(name.strip())


def _note(view: ContextView) -> str:
    if view.problem:
        return clean(view.problem, limit=80)
    return f"{clean(view.kind, limit=10)}, {text.plural(view.hosts, 'host')}{', read-only' if view.read_only else ''}"
