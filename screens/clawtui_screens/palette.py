"""Ctrl+p: hosts, screens and actions in one fuzzy list, with their keys, so that it teaches them."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary.views import SavedView, Views, ViewsQuery
from clawtui.errors import ClawtuiError
from clawtui_screens.desk import Desk
from clawtui_screens.messages import Commanded, OpenHost
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.widgets.keyline import key_name

_MOST = 40


class EverythingProvider(Provider):
    """What the bindings offer now, and every host; names are content, never markup."""

    _views: Sequence[SavedView] = ()

    async def startup(self) -> None:
        """Saved views are asked for; without an answer they are missing from the list, and `:view` says why."""
        desk = getattr(cast("object", self.screen.app), "desk", None)  # pyright: ignore[reportUnknownMemberType]  # Textual's property has no parameter
        if isinstance(desk, Desk):
            with contextlib.suppress(ClawtuiError):
                answer = await desk.engine.ask(ViewsQuery())
                self._views = answer.views if isinstance(answer, Views) else ()

    def _offers(self) -> Iterable[tuple[str, Callable[[], Any]]]:
        screen: Screen[Any] = self.screen
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.id and active.enabled and binding.id not in seen and binding.description:
                seen.add(binding.id)
                words = f"{binding.description}  {key_name(binding.key.split(',')[0])}"
                yield words, partial(screen.app.run_action, binding.action, active.node)
        for view in self._views:
            yield clean(f"view {view.name}"), partial(screen.app.post_message, Commanded(f"view {view.name}"))
        picture = getattr(screen, "picture", NOTHING_KNOWN)
        if isinstance(picture, Picture):
            for name in picture.hosts:
                yield clean(f"host {name}"), partial(screen.post_message, OpenHost(name))

    async def discover(self) -> Hits:
        """Everything that has a key, and the first hosts."""
        for number, (words, act) in enumerate(self._offers()):
            if number >= _MOST:
                break
            yield DiscoveryHit(Content(words), act, text=words)

    async def search(self, query: str) -> Hits:
        """By fuzzy match."""
        matcher = self.matcher(query)
        for words, act in self._offers():
            score = matcher.match(words)
            if score > 0:
                yield Hit(score, Content(words), act, text=words)
