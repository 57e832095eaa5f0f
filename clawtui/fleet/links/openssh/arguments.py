"""The command line of one master: the operator's own configuration where the host came from it, and what we insist on. Pure."""

import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import OptionRefused
from clawtui.fleet.ground import Ground
from clawtui.fleet.host import Host

USUAL = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")
KEEPALIVES = 3
# Whatever a configuration says: nothing is lent to a host, nothing of it runs here, every key is judged.
ALWAYS = (
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "Tunnel=no",
    "EscapeChar=none",
    "HostbasedAuthentication=no",
    "NoHostAuthenticationForLocalhost=no",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "VerifyHostKeyDNS=no",
    "ControlPersist=no",
    "LogLevel=DEBUG2",
)
# Read into fields of Host, or obeyed by us and not by ssh.
NOT_PASSED_ON = {"left out", "stricthostkeychecking", "connecttimeout", "proxycommand"}


@dataclass(frozen=True, slots=True)
class Arguments:
    """For one host."""

    ground: Ground
    host: Host
    config: Path | None
    # what stands in for -F: the operator's file and the system's; None for a host that no ssh_config knows
    tunnel: Path | None = None
    # a socket that leads to the host through its bastion

    def master(self, program: str, control: Path) -> list[str]:
        """Connect, hold, and listen for clients."""
        return [program, *self._own(), "-M", "-N", "-S", str(control), "-E", "/dev/stdout", "--", self._destination()]

    def look(self, program: str, file: Path) -> list[str]:
        """Connect, write the host's key into a file, and log in nowhere."""
        words = [f"UserKnownHostsFile={quoted(file)}", "GlobalKnownHostsFile=none", "HashKnownHosts=no"]
        words += ["StrictHostKeyChecking=accept-new", "PreferredAuthentications=none", "BatchMode=yes"]
        if "knownhostscommand" in self.host.transport_why.lower():
            words.append("KnownHostsCommand=none")
        return [program, *options(words), *self._own(), "-N", "-S", "none", "--", self._destination()]

    def client(self, program: str, control: Path) -> list[str]:
        """A terminal on the host over the master."""
        return [program, "-F", "none", "-S", str(control), "-t", "--", self._destination()]

    def _own(self) -> list[str]:
        words = ["-F", str(self.config) if self.config else "none", "-p", str(self.host.port)]
        if self.host.user:
            words += ["-l", self.host.user]
        words += options(ALWAYS)
        if "forkafterauthentication" in self.host.ssh_options.get("left out", "").lower():
            words += options(["ForkAfterAuthentication=no"])  # an ssh before 8.7 does not know it
        words += options([f"UserKnownHostsFile={' '.join(map(quoted, self._known_hosts()))}"])
        if self.host.known_hosts:
            words += options(["GlobalKnownHostsFile=none"])
        busy = max(1, round(self.ground.options.keepalive_busy_s))
        words += options([f"ServerAliveInterval={busy}", f"ServerAliveCountMax={KEEPALIVES}"])
        if self.host.host_key_alias:
            words += options([f"HostKeyAlias={self.host.host_key_alias}"])
        if self.config:
            words += options([f"HostName={self.host.target.replace('%', '%%')}"])
        else:
            words += self._without_config()
        if self.tunnel:
            program = Path(__file__).with_name("through.py")
            command = shlex.join([sys.executable, "-I", "-S", str(program), str(self.tunnel)]).replace("%", "%%")
            words += options([f"ProxyCommand={command}", "ProxyUseFdpass=yes"])
        return words

    def _without_config(self) -> list[str]:
        """What a fleet file says of keys and options."""
        files = self.host.identities or tuple(
            str(path) for name in USUAL if (path := self.ground.places.home / ".ssh" / name).exists()
        )
        words: list[str] = []
        for name in files:
            words += options([f"IdentityFile={quoted(self.ground.absolute(name))}"])  # -i wants the private half here
        words += options(f"CertificateFile={quoted(self.ground.absolute(name))}" for name in self.host.certificates)
        kept = {key: value for key, value in self.host.ssh_options.items() if key not in NOT_PASSED_ON}
        words += options(f"{key}={value}" for key, value in kept.items())
        if (command := self.host.ssh_options.get("proxycommand")) and not self.tunnel:
            words += options([f"ProxyCommand={command.replace('%', '%%')}"])
        return words

    def _known_hosts(self) -> list[Path]:
        """Ours, then the host's own or the user's; the global ones are ssh's default."""
        usual = tuple(path for path in self.ground.known_hosts.usual if path.parent.name == ".ssh")
        theirs = tuple(map(self.ground.absolute, self.host.known_hosts)) or usual
        return list(dict.fromkeys((self.ground.known_hosts.ours, *theirs)))

    def _destination(self) -> str:
        """The name that `Host` lines speak of, where there are any; never an option."""
        name = self.host.name.rpartition("@")[2] if self.config else self.host.target
        if self.config and name.count(":") == 1:
            name = name.partition(":")[0]
        if name.startswith("-") or self.host.user.startswith("-"):
            raise OptionRefused(self.host.name, f"a name that begins with a dash is an option to ssh: {name}")
        return name


def options(words: Iterable[str]) -> list[str]:
    """`-o` before each."""
    return [part for word in words for part in ("-o", word)]


def quoted(path: Path) -> str:
    """A file name as ssh_config takes it."""
    return '"' + str(path).replace("%", "%%") + '"'


def config_text(file: str, system: Path) -> str:
    """ssh given -F reads no other file; this one reads both."""
    return f'Include "{file}"\nMatch all\nInclude "{system}"\n'
