"""Finding out how root is reached on a host, asking for a password at most once, and never trying one twice."""

import asyncio

from clawtui.clean import clean
from clawtui.errors import LinkError, NoRoot
from clawtui.fleet import become
from clawtui.fleet.become import HELPER, NOTHING, Gate, Look, Rights, Verdict, through, verdict
from clawtui.fleet.become_password import fetched
from clawtui.fleet.host import Become, Host
from clawtui.fleet.link import Ending, Link
from clawtui.fleet.prompts import BECOMING_ROOT, Prompts

ASK_S = 20.0
GATES = {Become.NONE: Gate.OWN, Become.SUDO: Gate.SUDO, Become.DOAS: Gate.DOAS}


class Becoming:
    """What is known of passwords, for as long as the engine lives and in its memory only."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._first: dict[str, asyncio.Task[Rights]] = {}
        # the first host of those that share an answer finds out whether it is right; the others wait for it
        self._accepted: dict[str, str] = {}
        self._asking = asyncio.Lock()

    async def rights(self, link: Link) -> Rights:
        """What the login may do there; NoRoot where root is wanted and not reached, and why."""
        host = link.host
        look, terminal = await _look(link)
        if look.uid == 0:
            return Rights(host.name, Gate.LOGIN, 0, look.user)
        if host.become is Become.NONE:
            return Rights(host.name, Gate.OWN, look.uid, look.user)
        rights = Rights(host.name, GATES[host.become], look.uid, look.user, terminal=terminal)
        if look.usable and look.helper_answer is Verdict.OPEN:
            return _with(rights, only_helper=True)
        if look.answer is Verdict.OPEN:
            return rights
        if look.answer is not Verdict.PASSWORD:
            raise NoRoot(host.name, _closed(host, look))
        return await self._with_password(link, look, rights)

    async def close(self) -> None:
        """Nobody waits for an answer any more."""
        for task in self._first.values():
            task.cancel()
        await asyncio.gather(*self._first.values(), return_exceptions=True)
        self._first.clear()
        self._accepted.clear()

    async def _with_password(self, link: Link, look: Look, rights: Rights) -> Rights:
        key = _key(link.host, rights)
        if key not in self._accepted:
            if (task := self._first.get(key)) is None:
                self._first[key] = task = asyncio.create_task(self._ask(link, look, rights, key))
                try:
                    return await asyncio.shield(task)
                finally:
                    self._first.pop(key, None)
            try:
                first = await asyncio.shield(task)
            except LinkError as failure:
                words = f"no password was accepted on {failure.host}, so none is tried here: {failure.reason}"
                raise NoRoot(link.host.name, words) from failure
            if first.host == link.host.name:
                return first
        try:
            return await _tried(link, look, _with(rights, password=self._accepted[key]))
        except NoRoot:
            self._accepted.pop(key, None)
            raise

    async def _ask(self, link: Link, look: Look, rights: Rights, key: str) -> Rights:
        host, source = link.host, link.host.become_password
        if source.file or source.command:
            password = await fetched(host)
        else:
            whose = f"{host.become} password of {look.user}"
            title = f"{whose}, here and wherever it is asked for once" if source.once else whose
            async with self._asking:  # one question at a time
                given = await self._prompts.secret(host.name, title, BECOMING_ROOT)
            if not given:
                raise NoRoot(host.name, _nobody(host, look))
            password = given
        found = await _tried(link, look, _with(rights, password=password))
        self._accepted[key] = password
        return found


def _key(host: Host, rights: Rights) -> str:
    """Who gets the same answer."""
    shared = f"{host.become_password}" if host.become_password.shared else f"host {host.name}"
    return f"{rights.gate} {rights.user} {shared} {host.become_password.command}"


async def _look(link: Link) -> tuple[Look, bool]:
    """Once more on a terminal where sudo insists on one."""
    host = link.host
    for terminal in (False, True):
        reply = await link.run(become.look(host.become, terminal=terminal), timeout_s=ASK_S)
        if reply.ending is Ending.UNKNOWN:
            raise NoRoot(host.name, f"asking for root did not come back: {reply.note}")
        seen = become.seen(host.name, host.become, reply.text)
        if Verdict.TERMINAL not in (seen.answer, seen.helper_answer):
            break
    return seen, terminal


async def _tried(link: Link, look: Look, rights: Rights) -> Rights:
    """One try with a password: more than one wrong answer may lock an account."""
    ways = ((True, (HELPER, "version")), (False, NOTHING)) if look.usable else ((False, NOTHING),)
    said = ""
    for only_helper, words in ways:
        line = through(rights, words)
        reply = await link.run(line.command, stdin=line.stdin, timeout_s=ASK_S)
        said = reply.note or reply.stderr.decode("utf-8", "replace").strip()
        match verdict(link.host.become, 1 if reply.status is None else reply.status, said):
            case Verdict.OPEN:
                return _with(rights, only_helper=only_helper)
            case Verdict.WRONG:
                again = "it was tried once and is not tried again"
                raise NoRoot(link.host.name, f"{rights.gate} refused the password of {rights.user}; {again}")
            case Verdict.DENIED:
                continue
            case _:
                break
    raise NoRoot(
        link.host.name, f"{rights.gate} with the password of {rights.user}: {_last(said)}; {_remedy(link.host)}"
    )


def _with(rights: Rights, *, only_helper: bool = False, password: str = "") -> Rights:
    return Rights(
        rights.host, rights.gate, rights.uid, rights.user, only_helper, rights.terminal, password or rights.password
    )


def _closed(host: Host, look: Look) -> str:
    """Why the gate does not open."""
    return f"{host.become} does not make {look.user} root: {look.said or 'no answer'}{_helper(look)}; {_remedy(host)}"


def _helper(look: Look) -> str:
    """Why one that lies there is no help."""
    if look.helper == "unsafe":
        return f"; {HELPER} there can be changed by others than root and is not used"
    if look.helper and not look.usable:
        return f"; {HELPER} there is version {look.helper_version or '?'}, this clawtui knows {become.HELPER_VERSION}"
    return ""


def _nobody(host: Host, look: Look) -> str:
    words = f"{host.become} wants a password of {look.user} and none was given{_helper(look)}"
    return f"{words}; name one by become_password in the fleet file, or: {_remedy(host)}"


def _remedy(host: Host) -> str:
    return f"clawtui doctor {host.name} shows what an administrator would have to allow"


def _last(said: str) -> str:
    return clean((said.splitlines() or ["no answer"])[-1], limit=160).rstrip(".")
