"""Making one connection by the system's ssh: its configuration, its questions, its log, its deadline."""

import asyncio
import getpass
import os
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from clawtui.clean import clean
from clawtui.errors import LinkError, OptionRefused, Unreachable
from clawtui.fleet import refusals
from clawtui.fleet.certificate import Certificate, certificate_in
from clawtui.fleet.ground import Ground
from clawtui.fleet.host import Host
from clawtui.fleet.link import Held, Login
from clawtui.fleet.links.openssh.arguments import Arguments, config_text
from clawtui.fleet.links.openssh.asking import Asking, Conversation
from clawtui.fleet.links.openssh.failures import Ended, translated
from clawtui.fleet.links.openssh.folder import Folder, make_folder
from clawtui.fleet.links.openssh.link import OpensshLink
from clawtui.fleet.links.openssh.master import Master
from clawtui.fleet.links.openssh.way import WayThrough
from clawtui.fleet.patience import Patience
from clawtui.fleet.refusals import Attempt

SYSTEM = Path("/etc/ssh/ssh_config")
NOT_OURS = ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY")


def dialler(ground: Ground) -> "OpensshDialler":
    """One for all hosts of a fleet."""
    return OpensshDialler(ground, getpass.getuser())


@dataclass(slots=True)
class OpensshDialler:
    """Starts masters; shared by all hosts so that questions are asked once."""

    ground: Ground
    login: str
    folder: Folder | None = None
    asking: Asking | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    numbers: "count[int]" = field(default_factory=count)
    leftovers: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def dial(self, host: Host, through: Held | None) -> tuple[OpensshLink, Login]:
        """Connect and log in, or raise the LinkError that says how far it came and what to do."""
        program = shutil.which("ssh", path=self._environ().get("PATH"))
        if program is None:
            why = host.transport_why or "its transport"
            raise OptionRefused(
                host.name, f"{why} needs the system's ssh, which is not on PATH; install openssh-client"
            )
        if through and host.ssh_options.get("proxycommand"):
            raise OptionRefused(host.name, "has both a jump host and a ProxyCommand; remove one")
        asking = await self._asking()
        attempt = Attempt(
            host, host.user or self.login, self.ground.connect_timeout_s(host), through.host.name if through else ""
        )
        name = str(next(self.numbers))
        async with AsyncExitStack() as stack:
            way = None
            if through:
                way = await stack.enter_async_context(WayThrough(host, through, asking.folder / f"{name}.way"))
            arguments = Arguments(self.ground, host, self._config(host, asking.folder), way.path if way else None)
            return await _Dial(self, attempt, program, name, asking, arguments, way).made()

    async def _asking(self) -> Asking:
        async with self.starting:
            if self.asking is None:
                self.folder = make_folder(self.ground.places.runtime)
                self.asking = Asking(self.ground.prompts, self.folder.path)
                await self.asking.start()
            return self.asking

    def _config(self, host: Host, folder: Path) -> Path | None:
        """What ssh is given by -F: the operator's own configuration and the system's, which -F alone would leave out."""
        if not host.ssh_config:
            return None
        path = folder / f"config-{abs(hash(host.ssh_config)):x}"
        if not path.exists():
            path.write_text(config_text(host.ssh_config, SYSTEM))
        return path

    def environment(self, name: str, asking: Asking) -> dict[str, str]:
        """Of one ssh."""
        agent = self.ground.environ.get("SSH_AUTH_SOCK", "")
        return self._environ() | ({"SSH_AUTH_SOCK": agent} if agent else {}) | asking.environment(name)

    def _environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
        return kept | {"HOME": str(self.ground.places.home)}

    def leave(self, master: Master) -> None:
        """End it without waiting: its caller has been waited for long enough."""
        task = asyncio.create_task(master.end(), name="end ssh")
        self.leftovers.add(task)
        task.add_done_callback(self.leftovers.discard)

    def forget_refusals(self) -> None:
        """Ask again for passphrases that were not given."""
        if self.asking:
            self.asking.refused.clear()

    async def close(self) -> None:
        """Leave nothing: no process, no socket, no folder, no answer."""
        await asyncio.gather(*self.leftovers, return_exceptions=True)
        if self.asking:
            await self.asking.close()
            self.asking = None
        if self.folder:
            self.folder.remove()
            self.folder = None


def _overruled(remarks: str) -> str:
    """ssh itself honours what is only named; what we turned off is explained."""
    return "; ".join(remark for remark in remarks.split("; ") if ": " in remark)


@dataclass(slots=True)
class _Dial:
    """One login."""

    dialler: OpensshDialler
    attempt: Attempt
    program: str
    name: str
    asking: Asking
    arguments: Arguments
    way: WayThrough | None

    @property
    def control(self) -> Path:
        """Where the master listens."""
        return self.asking.folder / self.name

    async def made(self) -> tuple[OpensshLink, Login]:
        """The link, or why there is none."""
        host, ground = self.attempt.host, self.dialler.ground
        argv = self.arguments.master(self.program, self.control)
        environ = self.dialler.environment(self.name, self.asking)
        master = await Master.start(argv, self.asking.folder, environ)
        try:
            conversation = await self._settled(master)
        except BaseException:
            self.dialler.leave(master)
            raise
        finally:
            self.asking.logins.pop(self.name, None)
        terminal = tuple(self.arguments.client(self.program, self.control))
        link = OpensshLink(host, master, self.control, ground.options, terminal)
        return link, Login(self._facts(master, conversation), self._certificate_ends(master))

    async def _settled(self, master: Master) -> Conversation:
        """Wait for the connection; a deadline that stands still while a person is asked."""
        try:
            async with asyncio.timeout(self.attempt.timeout_s) as timeout:
                conversation = Conversation(self.attempt.host.name, Patience(timeout), master.give_up)
                self.asking.logins[self.name] = conversation
                if await master.settled():
                    return conversation
                await master.finished()
        except TimeoutError:
            raise refusals.timed_out(self.attempt, self._stage(master)) from None
        raise await self._why(master, conversation)

    def _stage(self, master: Master) -> refusals.Stage:
        stage = master.story.stage
        return max(stage, refusals.Stage.CONNECTED) if self.way and self.way.joined else stage

    async def _why(self, master: Master, conversation: Conversation) -> LinkError:
        if self.way and self.way.failed:
            failed = self.way.failed
            return Unreachable(self.attempt.host.name, f"bastion {failed.host} {failed.reason}")
        host, ground = self.attempt.host, self.dialler.ground
        key = await self._look() if master.unvouched else ""
        end = Ended(
            self.attempt,
            master.story,
            ground.known(host),
            banner=master.banner,
            key=key,
            agent=host.ssh_options.get("identityagent") or ground.environ.get("SSH_AUTH_SOCK", ""),
            locked=conversation.locked,
            answered=conversation.answered,
            unanswered=conversation.unanswered,
        )
        return translated(end)

    async def _look(self) -> str:
        """The whole host key, which ssh writes nowhere but into a known_hosts file; "" where it does not come."""
        options = self.attempt.host.ssh_options
        if options.get("stricthostkeychecking") in ("yes", "true") or options.get("batchmode") == "yes":
            return ""
        file = self.asking.folder / f"{self.name}.key"
        environ = self.dialler.environment(self.name, self.asking)
        master = await Master.start(self.arguments.look(self.program, file), self.asking.folder, environ)
        try:
            async with asyncio.timeout(self.attempt.timeout_s):
                await master.finished()
            return " ".join(file.read_text().split()[1:3])
        except (TimeoutError, OSError):
            return ""
        finally:
            file.unlink(missing_ok=True)
            self.dialler.leave(master)

    def _facts(self, master: Master, conversation: Conversation) -> dict[str, str]:
        story, host = master.story, self.attempt.host
        kind, print_ = story.host_key
        facts = {
            "address": self.attempt.where,
            "user": self.attempt.user,
            "server": story.server,
            "cipher": story.cipher,
            "host key": f"{kind} (certificate)" if story.certified else kind,
            "fingerprint": print_,
            "key": str(story.accepted) if story.accepted else "",
            "asked for": ", ".join(dict.fromkeys(conversation.answered)),
            "banner": clean(master.banner.strip(), limit=400),
            "transport": f"openssh: {host.transport_why}" if host.transport_why else "openssh",
            "certificate": used.key_id if (used := self._certificate(master)) else "",
            "ssh_config, left out": _overruled(host.ssh_options.get("left out", "")),
        }
        return {name: words for name, words in facts.items() if words}

    def _certificate_ends(self, master: Master) -> float | None:
        used = self._certificate(master)
        return used.ends if used else None

    def _certificate(self, master: Master) -> Certificate | None:
        """ssh says which key was accepted, and that it was by a certificate; its file says the rest."""
        accepted = master.story.accepted
        if accepted is None or not accepted.kind.endswith("-CERT"):
            return None
        host, ground = self.attempt.host, self.dialler.ground
        names = [*host.certificates, accepted.name, f"{accepted.name}-cert.pub"]
        names += [f"{name}-cert.pub" for name in host.identities]
        for name in names:
            try:
                found = certificate_in(ground.absolute(name).read_text("utf-8", "replace"))
            except OSError:
                continue
            if found and found.fingerprint == accepted.fingerprint:
                return found
        return None
