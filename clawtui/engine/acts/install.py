"""`install HOST` and `install HOST --remove`: clawtui itself on a bastion or controller."""

from collections.abc import Sequence

from clawtui import __version__
from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.errors import UsageError
from clawtui.fleet.host import Become, Fleet
from clawtui.fleet.link import Link
from clawtui.fleet.program.layout import SYSTEM
from clawtui.fleet.selector import select
from clawtui.places import Places

AT_ONCE = 4


class Install:
    """With root for everybody on that host, else for the login user alone."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Say what goes where."""
        away = "--remove" in words
        names = [word for word in words if word != "--remove"]
        if len(names) != 1:
            raise UsageError("write install HOST, or install HOST --remove")
        hosts = select(fleet, names[0])
        where = f"{SYSTEM.code} and {SYSTEM.link} with root, else ~/.local/share/clawtui and ~/.local/bin/clawtui"
        count = f"{len(hosts)} host{'' if len(hosts) == 1 else 's'}"
        named = f"on {', '.join(host.name for host in hosts)}"
        if away:
            lines: tuple[str, ...] = (named, f"from {where}", "settings, contexts and the log of acts stay")
            back = f"clawtui install {names[0]}"
        else:
            plain = [host.name for host in hosts if host.become is Become.NONE]
            lines = (
                named,
                f"clawtui {__version__} and the wheels it stands on, about 10 MB, to {where}",
                "tried before it counts; the version before stays beside it, a program of that name that is not ours is left",
                *([f"become is none: as root, or in the login's own home: {', '.join(plain)}"] if plain else []),
            )
            back = f"clawtui install {names[0]} --remove"
        return Draft(
            verb="install",
            title=f"{'REMOVE' if away else 'INSTALL'} clawtui {'from' if away else __version__ + ' on'} {count}",
            hosts=hosts,
            lines=lines,
            reverts=back,
            at_once=AT_ONCE,
            commands=("remove clawtui" if away else "carry wheels, unpack, try, switch",),
            details={"remove": "yes"} if away else {},
        )

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """One host."""
        from clawtui.fleet.program.install import install, remove

        if draft.details:
            change = await remove(link, draft.becoming)
        else:
            change = await install(link, draft.becoming, Places.of())
        return HostOutcome(link.host.name, "ok", change.words, status=0, stdout="\n".join(change.did).encode())
