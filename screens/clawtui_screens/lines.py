"""What the prompts do once a line was typed: commands, find, time, panes, leaving; one method a prompt."""

import asyncio
import shlex
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from textual import actions
from textual.app import App
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.forwards import EndForward, ForwardView
from clawtui.engine.boundary.value import Severity
from clawtui.errors import ClawtuiError, UsageError
from clawtui_screens import helping, look, menus, questions, verbs
from clawtui_screens.choosing import Choosing
from clawtui_screens.commands import Commands
from clawtui_screens.deeds import Deeds
from clawtui_screens.desk import Desk
from clawtui_screens.dialog import Dialog
from clawtui_screens.export import Format, Table, file_name, save_beside, text_of
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.jump import LETTERS, Jump
from clawtui_screens.menu import Choice, Menu
from clawtui_screens.messages import MomentPicked, PlanWanted
from clawtui_screens.moment import ALLOWED, parse
from clawtui_screens.promptline import Complete, PromptLine
from clawtui_screens.reader import Passage
from clawtui_screens.shell import open_shell

Then = Callable[[str | None], Coroutine[None, None, None]]
# what becomes of a line; None when the prompt was closed


@dataclass
class Lines:
    """Remembers what was typed; everything it wants done goes to the application as a message."""

    desk: Desk
    deeds: Deeds
    past: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    # lines typed before, by the sign of their prompt

    @cached_property
    def commands(self) -> Commands:
        """What becomes of a line behind `:`."""
        return Commands(self.desk, self.deeds, self.choosing, self.leave)

    @cached_property
    def choosing(self) -> Choosing:
        """Which context is on screen."""
        return Choosing(self.desk, self.deeds)

    async def _open(
        self, app: App[None], sign: str, hint: str, then: Then, complete: Complete | None = None, value: str = ""
    ) -> None:
        """Returns once the prompt has the keys, so that what is typed ahead lands in it; `then` gets the line."""
        past = self.past.setdefault(sign, [])

        def entered(line: str | None) -> None:
            if line and past[-1:] != [line]:
                past.append(line)
            app.run_worker(then(line), group="prompt")

        prompt = PromptLine(sign, hint, glyphs=self.desk.glyphs, past=past, value=value, complete=complete)
        await app.push_screen(prompt, callback=entered)

    # ------------------------------------------------------------ `:`

    async def command(self, app: App[None]) -> None:
        """A line in the grammar of the command line."""
        fleet = fleet_of(app)
        hosts = [clean(name) for name in fleet.picture.hosts]
        groups = {clean(group) for view in fleet.picture.hosts.values() for group in view.groups}
        themes = [theme.name for theme in look.THEMES]

        commands = self.commands
        app.run_worker(commands.learn(), group="learn", exclusive=True)  # while one types

        def complete(line: str) -> list[str]:
            return verbs.completions(line, hosts, groups, commands.names, themes)

        async def typed(line: str | None) -> None:
            if line and line.strip():
                await commands.carry_out(app, fleet, line)

        await self._open(app, ":", verbs.hint(""), typed, complete)

    async def commanded(self, app: App[None], line: str) -> None:
        """The same without typing."""
        await self.commands.carry_out(app, fleet_of(app), line)

    # ------------------------------------------------------------ the others

    async def find(self, app: App[None]) -> None:
        """The cursor goes to the first hit while one types; esc takes it back."""
        fleet = fleet_of(app)
        origin = fleet.table.cursor

        async def typed(line: str | None) -> None:
            fleet.find(line or "")
            if line is None and origin is not None:
                fleet.table.go(origin)

        await self._open(app, "/", "words of a row, or a selector: web*, @group, site=eu, state=stale", typed)

    async def filter(self, app: App[None]) -> None:
        """Keeps what is typed, on top of what is kept already."""

        async def typed(line: str | None) -> None:
            if line and line.strip():
                fleet_of(app).add_filter(line.strip())

        hint = "keep only: words of a row, or a selector: web*, @group, !host, state=stale; esc drops the last"
        await self._open(app, "&", hint, typed)

    async def moment(self, app: App[None]) -> None:
        """One moment for all screens."""

        async def typed(line: str | None) -> None:
            if line is None:
                return
            try:
                app.post_message(MomentPicked(parse(line, self.desk.clock(), self.desk.zone)))
            except UsageError as error:
                self.deeds.say(str(error), Severity.WARNING)

        await self._open(app, "t", ALLOWED, typed)

    async def forward(self, app: App[None], host: str) -> None:
        """The far port; those of its services that are known are offered."""
        known = await self.deeds.ports(host)
        offered = ", ".join(f"{port.port} {clean(port.words, limit=24)}" for port in known)
        hint = f"port on {clean(host, limit=40)}: REMOTE or LOCAL:REMOTE{f'; known: {offered}' if offered else ''}"

        def complete(line: str) -> list[str]:
            before, colon, last = line.rpartition(":")
            return [f"{before}{colon}{port.port}" for port in known if str(port.port).startswith(last)]

        async def typed(line: str | None) -> None:
            if line and line.strip():
                await self.deeds.forward(host, line)

        await self._open(app, "f", hint, typed, complete)

    async def unforward(self, app: App[None], forwards: Sequence[ForwardView]) -> None:
        """One is ended at once; of several the operator chooses."""
        if len(forwards) == 1:
            await self.deeds.do(EndForward(forwards[0].id))
            return
        choices = [
            Choice(one.id, key, f"127.0.0.1:{one.local} → {clean(one.host, limit=60)}:{one.remote}")
            for key, one in zip(LETTERS, forwards, strict=False)
        ]

        def taken(choice: str | None) -> None:
            if choice is not None:
                app.run_worker(self.deeds.do(EndForward(choice)), group="prompt")

        await app.push_screen(Menu("end which forwarded port?", choices, self.desk.glyphs), callback=taken)

    async def deploy(self, app: App[None], spec: str, selector: str) -> None:
        """What to deploy; the last one's folder stands there already."""

        async def typed(line: str | None) -> None:
            if line and line.strip():
                self.deeds.say("looking at the hosts, to say what would change", Severity.INFO)
                app.post_message(PlanWanted(("deploy", "apply", *shlex.split(line))))

        value = " ".join(shlex.quote(word) for word in (spec, selector) if word)
        await self._open(
            app, "deploy", "a folder with a service.toml, or a plan's file; then hosts, if not all", typed, value=value
        )

    async def jump(self, app: App[None]) -> None:
        """To any pane that takes keys."""
        panes = [widget for widget in app.screen.focus_chain if widget.region.area]
        chosen = await app.push_screen_wait(Jump([pane.region.offset for pane in panes]))
        if chosen is not None:
            panes[chosen].focus()

    async def menu(self, app: App[None], which: str, chosen: str) -> None:
        """Sort by, or write to a file."""
        fleet = fleet_of(app)
        choices = menus.SORT if which == "sort" else menus.EXPORT
        title = "sort by (again turns it round)" if which == "sort" else "write what is shown, here"

        def taken(choice: str | None) -> None:
            if choice is not None and which == "sort":
                fleet.sort_by(choice)
            elif choice is not None:
                fleet.export(choice)

        await app.push_screen(Menu(title, choices, self.desk.glyphs, chosen=chosen), callback=taken)

    async def export(self, form: str, table: Table, picture: str) -> None:
        """A new file in the working folder, and a line in actions.jsonl."""
        now = self.desk.clock()
        kind = Format(form)
        try:
            content = picture if kind is Format.SVG else text_of(table, kind)
            path = await asyncio.to_thread(save_beside, Path.cwd() / file_name(table.title, now, kind), content)
        except ClawtuiError as error:
            self.deeds.say(str(error), Severity.WARNING)
            return
        self.deeds.say(f"written: {path}", Severity.INFO)
        await self.deeds.do(Note("export", (), "", f"{table.title} to {path.name}"))

    async def leave(self, app: App[None]) -> None:
        """Asks first."""
        summary = fleet_of(app).picture.summary
        question = questions.of_leaving(summary.context if summary else "")
        if await app.push_screen_wait(Dialog(question, self.desk.glyphs)) == "y":
            app.exit()

    async def shell(self, host: str, suspended: Callable[[], AbstractContextManager[None]]) -> None:
        """Until the shell ends."""
        from textual.app import SuspendNotSupported

        try:
            words = await open_shell(self.desk.engine, host, suspended)
        except ClawtuiError as error:
            self.deeds.say(str(error), Severity.WARNING)
        except SuspendNotSupported:
            self.deeds.say(
                "this terminal cannot be handed over: open a shell by clawtui's `ssh` line in !", Severity.WARNING
            )
        else:
            if words:
                self.deeds.say(words, Severity.WARNING)

    def help(
        self,
        screen: Screen[Any],
        keys: Mapping[str, str],
        read: Callable[[str, Sequence[Passage], Sequence[Passage]], None],
        why_off: Callable[[str, tuple[object, ...]], str],
    ) -> None:
        """Keys of what has focus; `?` again shows glyphs and colours."""
        name = type(screen).__name__.removesuffix("Screen")
        own = getattr(screen, "why_off", None)

        def reason(action: str) -> str:
            _, name, parameters = actions.parse(action)
            return why_off(name, parameters) or (str(own(name)) if callable(own) else "")

        read(
            f"{name}: keys (? again: glyphs and colours)",
            helping.passages(screen.active_bindings.values(), reason, keys),
            helping.legend(self.desk.glyphs),
        )


def fleet_of(app: App[None]) -> FleetScreen:
    """The root of the stack."""
    root = app.screen_stack[0]
    assert isinstance(root, FleetScreen)
    return root
