"""Which keys are offered to a host: those of the agent, and key files, each read once and unlocked at most once."""

import asyncio
import base64
import copy
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from clawtui.clean import clean
from clawtui.fleet.host import Host
from clawtui.fleet.prompts import Prompts

USUAL = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")
MAGIC = b"openssh-key-v1\0"
PASSPHRASE_TRIES = 3


class Patience:
    """A deadline that stands still while a person is asked."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout

    @contextmanager
    def paused(self) -> Generator[None]:
        """No time passes inside."""
        when = self._timeout.when()
        if when is None or self._timeout.expired():
            yield
            return
        loop = asyncio.get_running_loop()
        left = when - loop.time()
        self._timeout.reschedule(None)
        try:
            yield
        finally:
            self._timeout.reschedule(loop.time() + left)


@dataclass(slots=True)
class KeyFile:
    """One private key file: its public half at once, its private half when a host wants it."""

    path: Path
    public: asyncssh.SSHKey | None = None
    private: asyncssh.SSHKey | None = None
    locked: bool = False
    problem: str = ""
    # why it cannot be offered, in words
    unlocking: "asyncio.Task[asyncssh.SSHKey | None] | None" = None

    @classmethod
    def read(cls, path: Path) -> "KeyFile":
        """Read it; what is wrong becomes `problem`."""
        try:
            content = path.read_bytes()
        except OSError as error:
            return cls(path, problem=f"{path}: {error.strerror}")
        if path.stat().st_mode & 0o077:
            return cls(path, problem=f"{path}: others may read it; chmod 600 {path}")
        try:
            private = asyncssh.import_private_key(content)
        except asyncssh.KeyEncryptionError:
            return cls(path, public=_public_half(path, content), locked=True)
        except asyncssh.KeyImportError as error:
            if "assphrase" in str(error):
                return cls(path, public=_public_half(path, content), locked=True)
            return cls(path, problem=f"{path}: not a private key that can be used ({clean(str(error), limit=80)})")
        return cls(path, public=private, private=private)


def _public_half(path: Path, content: bytes) -> asyncssh.SSHKey | None:
    """From NAME.pub, else from the head of an OpenSSH key file, which is not encrypted."""
    try:
        return asyncssh.read_public_key(f"{path}.pub")
    except (OSError, asyncssh.KeyImportError):
        pass
    try:
        raw = base64.b64decode(b"".join(content.strip().splitlines()[1:-1]))
        if not raw.startswith(MAGIC):
            return None
        rest = raw[len(MAGIC) :]
        for _ in range(3):  # cipher, kdf, kdf options
            rest = rest[4 + int.from_bytes(rest[:4], "big") :]
        blob = rest[8 : 8 + int.from_bytes(rest[4:8], "big")]
        kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
        return asyncssh.import_public_key(kind + b" " + base64.b64encode(blob))
    except (ValueError, asyncssh.KeyImportError):
        return None


class LockedKeyPair(asyncssh.SSHKeyPair):
    """A key whose passphrase is asked for when a host has said that it would accept it."""

    _key_type = "local"

    def __init__(
        self, file: KeyFile, public: asyncssh.SSHKey, wallet: "Identities", host: str, pause: Patience
    ) -> None:
        super().__init__(
            public.algorithm,
            public.algorithm,
            public.sig_algorithms,
            public.sig_algorithms,
            public.public_data,
            str(file.path),
        )
        self._file, self._wallet, self._host, self._pause = file, wallet, host, pause

    @property
    def problem(self) -> str:
        """Why it stayed locked."""
        return self._file.problem

    async def sign_async(self, data: bytes) -> bytes:
        """Unlock if need be, then sign."""
        with self._pause.paused():
            private = await self._wallet.unlock(self._file, self._host)
        if private is None:
            raise ValueError(self._file.problem)  # the library goes on to the next key
        return private.sign(data, self.sig_algorithm)


@dataclass(slots=True)
class Identities:
    """All keys of the operator, shared by every connection."""

    home: Path
    agent_socket: str
    prompts: Prompts
    files: dict[Path, KeyFile] = field(default_factory=dict[Path, KeyFile])
    agents: dict[str, asyncssh.SSHAgentClient] = field(default_factory=dict[str, asyncssh.SSHAgentClient])

    async def offered(self, host: Host, pause: Patience) -> tuple[list[asyncssh.SSHKeyPair], list[str]]:
        """Key pairs in the order in which they are tried, and what could not be used, in words."""
        files = [self._file(path) for path in self._paths(host)]
        held, problems = await self._agent_keys(host)
        listed = {file.public.public_data for file in files if file.public}
        first = [pair for pair in held if pair.key_public_data in listed]
        other = [pair for pair in held if pair.key_public_data not in listed]
        pairs = first if host.ssh_options.get("identitiesonly") == "yes" else first + other
        by_agent = {pair.key_public_data for pair in held}
        for file in files:
            if file.problem and (host.identities or not file.problem.endswith("No such file or directory")):
                problems.append(file.problem)
            elif file.public and file.public.public_data not in by_agent:
                pairs.append(self._pair(file, file.public, host, pause))
            elif file.locked and not file.public:
                with pause.paused():
                    private = await self.unlock(file, host.name)
                if private:
                    pairs.append(asyncssh.load_keypairs([private])[0])
        return self._certified(host, pairs, problems), problems

    def _paths(self, host: Host) -> list[Path]:
        if host.identities:
            return [self._absolute(name) for name in host.identities if name.lower() != "none"]
        return [self.home / ".ssh" / name for name in USUAL]

    def _absolute(self, name: str) -> Path:
        return self.home / name[2:] if name.startswith("~/") else Path(name)

    def _file(self, path: Path) -> KeyFile:
        known = self.files.get(path)
        if known is None or (known.problem and not known.locked):  # what could not be read may be readable now
            known = self.files[path] = KeyFile.read(path)
        return known

    def _pair(self, file: KeyFile, public: asyncssh.SSHKey, host: Host, pause: Patience) -> asyncssh.SSHKeyPair:
        if file.private:
            return asyncssh.load_keypairs([file.private])[0]
        return LockedKeyPair(file, public, self, host.name, pause)

    async def _agent_keys(self, host: Host) -> tuple[list[asyncssh.SSHKeyPair], list[str]]:
        """Keys that the agent holds; an agent that does not answer is said, not fatal."""
        socket = host.ssh_options.get("identityagent", "") or self.agent_socket
        if socket == "SSH_AUTH_SOCK":
            socket = self.agent_socket
        if not socket or socket.lower() == "none":
            return [], []
        path = str(self._absolute(socket))
        agent = self.agents.setdefault(path, asyncssh.SSHAgentClient(path))
        try:
            return list(await agent.get_keys()), []
        except (OSError, ValueError, asyncssh.Error) as error:
            del self.agents[path]
            return [], [f"ssh-agent at {path}: {clean(str(error), limit=80)}"]

    def _certified(
        self, host: Host, pairs: list[asyncssh.SSHKeyPair], problems: list[str]
    ) -> list[asyncssh.SSHKeyPair]:
        """Each key with its certificate first, then the bare key."""
        beside = [path.with_name(path.name + "-cert.pub") for path in self._paths(host)]
        certified: list[asyncssh.SSHKeyPair] = []
        for path in (*(self._absolute(name) for name in host.certificates), *beside):
            try:
                certificate = asyncssh.read_certificate(path)
            except FileNotFoundError:
                if path not in beside:
                    problems.append(f"{path}: No such file or directory")
                continue
            except (OSError, asyncssh.KeyImportError) as error:
                problems.append(f"{path}: {clean(str(error), limit=80)}")
                continue
            for pair in pairs:
                if pair.key_public_data == certificate.key.public_data and not pair.has_cert:
                    with_it = copy.copy(pair)
                    with_it.set_certificate(certificate)
                    certified.append(with_it)
        return certified + pairs

    async def unlock(self, file: KeyFile, host: str) -> asyncssh.SSHKey | None:
        """The private half; the passphrase is asked for once, however many hosts wait for it."""
        if file.private or file.problem:
            return file.private
        if file.unlocking is None or file.unlocking.done():
            file.unlocking = asyncio.create_task(self._ask(file, host))
        return await asyncio.shield(file.unlocking)

    async def _ask(self, file: KeyFile, host: str) -> asyncssh.SSHKey | None:
        content = await asyncio.to_thread(file.path.read_bytes)
        for attempt in range(PASSPHRASE_TRIES):
            again = " (that was not it)" if attempt else ""
            passphrase = await self.prompts.secret(host, f"Passphrase for {file.path}{again}")
            if passphrase is None:
                file.problem = f"{file.path}: needs its passphrase; put it into ssh-agent (ssh-add {file.path})"
                return None
            try:
                # deriving the key takes a tenth of a second of pure computing
                file.private = await asyncio.to_thread(asyncssh.import_private_key, content, passphrase)
            except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError):
                continue
            return file.private
        file.problem = f"{file.path}: wrong passphrase {PASSPHRASE_TRIES} times"
        return None

    def forget_refusals(self) -> None:
        """Ask again for passphrases that were not given."""
        for path in [path for path, file in self.files.items() if file.problem]:
            del self.files[path]

    async def close(self) -> None:
        """Let go of the agents."""
        for agent in self.agents.values():
            agent.close()
        self.agents.clear()
