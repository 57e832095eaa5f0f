"""Which source tells a host's numbers, and why that one: what its `agent` key asks for meets what a look around finds."""

import shlex
from dataclasses import dataclass

from clawtui.engine.chosen import Chosen
from clawtui.engine.look import SYSTEM_SOCKET, Found, look
from clawtui.errors import AgentError, Deadline, FileFailed, LinkError, WireError
from clawtui.fleet.host import AgentUse, Become, Host
from clawtui.fleet.link import Channel, Link
from clawtui.fleet.page import LoopbackPage
from clawtui.metrics.source import Source
from clawtui.metrics.sources.agent import AgentClient
from clawtui.places import Places


@dataclass(frozen=True, slots=True)
class Reached:
    """A source and how it was chosen."""

    source: Source
    chosen: Chosen


async def reach(link: Link, places: Places, *, system: str = SYSTEM_SOCKET) -> Reached:
    """A source for this host; AgentError says that there is none, why, and what to do about it."""
    match link.host.agent:
        case AgentUse.AUTO:
            return await _found(link, system)
        case AgentUse.TEMPORARY:
            return await _temporary(link, places, system)
        case AgentUse.NONE:
            found = await look(link, system)
            return await _restricted(link, found) if found.restricted else await _nothing_of_ours(link, found, "")


async def _found(link: Link, system: str) -> Reached:
    """An installed agent; else a page that is there anyway."""
    host = link.host
    try:
        return _agent(host, await link.open_socket(system), Chosen(words=f"the agent at {system}"))
    except FileFailed as failure:
        refused = failure
    found = await look(link, system)
    if found.restricted:
        return await _restricted(link, found)
    for socket in found.sockets:
        try:
            channel = await link.open_socket(socket)
        except FileFailed as failure:
            refused = failure
        else:
            words = f"the login's own agent at {socket}{'' if found.systemd else ', kept by a shell: no systemd here'}"
            return _agent(host, channel, Chosen(words=words, runs_in=_place(found)))
    if found.installed and (found.system or found.sockets):
        return await _through_command(link, found, refused)
    if found.page and not (found.installed or found.sockets or found.system):
        try:
            return await _page(link, found, "no agent is installed here")
        except AgentError as failure:
            words = f"no agent runs here, and {failure.reason}"
            raise AgentError(host.name, words, remedy=_install(host)) from failure
    raise _no_agent(host, found, refused)


async def _through_command(link: Link, found: Found, refused: FileFailed) -> Reached:
    """The agent's own proxy, run by the login: what is left where sshd forwards no sockets, which it does not tell."""
    socket = found.sockets[0] if found.sockets else SYSTEM_SOCKET
    launcher = f"{found.installed[0]}/current/clawtui-agent"
    # under a ForceCommand the variable is inherited, and the proxy would take itself for the command of a restricted key
    channel = await link.open(shlex.join(("env", "SSH_ORIGINAL_COMMAND=", launcher, "proxy", "--socket", socket)))
    words = f"the agent at {socket}, through its proxy: sshd did not forward to it"
    chosen = Chosen(words=words, speechless=f"there is an agent, but {refused.reason}", runs_in=_place(found))
    return _agent(link.host, channel, chosen)


async def _restricted(link: Link, found: Found) -> Reached:
    """A forced command ran in place of ours: it should be the agent's proxy."""
    chosen = Chosen(
        words="the agent through a restricted key: this key may only read",
        reads_only=True,
        speechless=f"this key runs a command of its own that is no agent: {found.said}"
        if found.said
        else "this key leads to the agent's proxy, and no agent answers it there",
    )
    channel = await link.open("clawtui-agent proxy")
    return Reached(AgentClient(link.host.name, channel), chosen)


def _agent(host: Host, channel: Channel, chosen: Chosen) -> Reached:
    return Reached(AgentClient(host.name, channel), chosen)


async def _temporary(link: Link, places: Places, system: str) -> Reached:
    """Our agent for the life of the connection; where it cannot run, what needs none of ours."""
    from clawtui.fleet.agent.temporary import Ground, start

    found = await look(link, system, deep=True)
    if found.restricted:
        return await _restricted(link, found)
    try:
        channel = await start(link, Ground(found.machine, found.libc, found.pythons), places)
    except AgentError as failure:
        return await _nothing_of_ours(link, found, f"no agent from a temporary folder: {failure.reason}")
    why = f"the agent from a temporary folder, gone when the line ends: {_asked(link.host)}"
    return _agent(link.host, channel, Chosen(words=why, agentless=True, runs_in=_place(found)))


async def _nothing_of_ours(link: Link, found: Found, why: str) -> Reached:
    """A page that is there anyway, else a loop in sh."""
    asked = _asked(link.host)
    if found.page:
        try:
            return await _page(link, found, f"{asked}{f'; {why}' if why else ''}")
        except AgentError as failure:
            why = "; ".join(part for part in (why, f"no page: {failure.reason}") if part)
    return await _loop(link, found, f"{asked}{f'; {why}' if why else ''}")


async def _page(link: Link, found: Found, why: str) -> Reached:
    from clawtui.metrics.exporter import parse
    from clawtui.metrics.sources.node_exporter import EACH_S, NodeExporter

    page = LoopbackPage(link, found.page)
    try:
        parse((await page.fetch()).decode("utf-8", "replace"))
    except (ValueError, WireError, Deadline) as failure:
        words = str(failure).removeprefix(f"{link.host.name}: ")
        raise AgentError(link.host.name, f"port {found.page}: {words}") from failure
    words = f"node-exporter on its port {found.page}: {why}"
    chosen = Chosen("node-exporter", words, agentless=True, period_s=EACH_S, runs_in=_place(found))
    return Reached(NodeExporter(link.host.name, page.fetch, _services(link.host)), chosen)


async def _loop(link: Link, found: Found, why: str) -> Reached:
    from clawtui.metrics.sources.shell import ShellSource, loop_command

    if found.os not in ("Linux", ""):
        raise AgentError(
            link.host.name, f"its numbers are read from Linux's /proc, this is {found.os}", remedy=_doctor(link)
        )
    channel = await link.open(loop_command())
    chosen = Chosen("its shell", f"a loop in sh over /proc: {why}", agentless=True, runs_in=_place(found))
    return Reached(ShellSource(link.host.name, channel, _services(link.host)), chosen)


def _no_agent(host: Host, found: Found, refused: LinkError) -> AgentError:
    """Each way of having none, with its remedy."""
    name, place = host.name, _place(found)
    if found.sockets or found.system:
        return AgentError(name, f"there is an agent, but {refused.reason}")
    if found.installed:
        words = "its agent is installed and does not run"
        by_hand = "" if found.systemd else ": without systemd nothing starts it after a reboot"
        return AgentError(name, f"{words}{by_hand}", remedy=_install(host))
    if found.os not in ("Linux", ""):
        return AgentError(
            name, f"no agent runs here: it needs Linux, this is {found.os}", remedy=f"clawtui doctor {name}"
        )
    if found.pythonless:
        words = "no agent runs here, and there is no Python for one"
        return AgentError(name, words, remedy=f'install Python 3.9, or write agent = "none" for it in {host.origin}')
    if found.noexec and not found.root and host.become is Become.NONE:
        words = f"no agent runs here; the login's home {found.noexec} is mounted noexec, one would live in /var/tmp"
        return AgentError(name, words, remedy=_install(host))
    where = f" ({place})" if place else ""
    return AgentError(name, f"no agent runs here{where}", remedy=_install(host))


def _place(found: Found) -> str:
    parts = ("a container" if found.container else "", "no systemd" if found.container and not found.systemd else "")
    return ", ".join(part for part in parts if part)


def _install(host: Host) -> str:
    return f"clawtui agent install {host.name}"


def _doctor(link: Link) -> str:
    return f"clawtui doctor {link.host.name}"


def _asked(host: Host) -> str:
    return f'agent = "{host.agent}" in {host.origin}' if str(host.origin) else f'agent = "{host.agent}"'


def _services(host: Host) -> tuple[str, ...]:
    return tuple(service.name for service in host.services)
