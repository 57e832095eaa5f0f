"""Which keys are offered to a host: those of the agent, and key files, each read once and unlocked at most once."""

import asyncio
import base64
import copy
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from clawtui.clean import clean
from clawtui.fleet.host import Host
from clawtui.fleet.links.asyncssh.touch import is_touched
from clawtui.fleet.patience import Patience
from clawtui.fleet.prompts import Prompts

USUAL = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")
MAGIC = b"openssh-key-v1\0"
PASSPHRASE_TRIES = 3
LOOK_AGAIN_S = 2.0


@dataclass(slots=True)
class KeyFile:
    """One private key file: its public half at once, its private half when a host wants it."""

    path: Path
    public: asyncssh.SSHKey | None = None
    private: asyncssh.SSHKey | None = None
    locked: bool = False
    problem: str = ""
    # why it cannot be offered, in words
    absent: bool = False
    unlocking: "asyncio.Task[asyncssh.SSHKey | None] | None" = None

    @classmethod
    def read(cls, path: Path) -> "KeyFile":
        """Read it; what is wrong becomes `problem`."""
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            public = _public_half(path, b"")  # the private half may live in the agent
            return cls(path, public=public, problem="" if public else f"{path}: {error.strerror}", absent=True)
        except OSError as error:
            return cls(path, problem=f"{path}: {error.strerror}")
        if path.suffix == ".pub":
            return cls(path, public=_public_half(path.with_suffix(""), b""))
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
class _Held:
    """What lies on disk for one set of identity files."""

    at: float
    files: list[KeyFile]
    certificates: list[asyncssh.SSHCertificate] = field(default_factory=list[asyncssh.SSHCertificate])
    problems: list[str] = field(default_factory=list[str])

    def add(self, path: Path, *, expected: bool) -> None:
        """Read a certificate."""
        try:
            self.certificates.append(asyncssh.read_certificate(path))
        except FileNotFoundError:
            if expected:
                self.problems.append(f"{path}: No such file or directory")
        except (OSError, asyncssh.KeyImportError) as error:
            self.problems.append(f"{path}: {clean(str(error), limit=80)}")

    def certified(self, pairs: list[asyncssh.SSHKeyPair]) -> list[asyncssh.SSHKeyPair]:
        """Each key with its certificate first, then the bare keys."""
        found: list[asyncssh.SSHKeyPair] = []
        for certificate in self.certificates:
            for pair in pairs:
                if pair.key_public_data == certificate.key.public_data and not pair.has_cert:
                    with_it = copy.copy(pair)
                    with_it.set_certificate(certificate)
                    found.append(with_it)
        return found + pairs

    def locked_out(self) -> list[str]:
        """Keys whose passphrase was not given."""
        return [file.problem for file in self.files if file.locked and file.problem]


@dataclass(slots=True)
class Identities:
    """All keys of the operator, shared by every connection."""

    home: Path
    agent_socket: str
    prompts: Prompts
    files: dict[Path, KeyFile] = field(default_factory=dict[Path, KeyFile])
    agents: dict[str, asyncssh.SSHAgentClient] = field(default_factory=dict[str, asyncssh.SSHAgentClient])
    held: dict[tuple[tuple[str, ...], tuple[str, ...]], _Held] = field(
        default_factory=dict[tuple[tuple[str, ...], tuple[str, ...]], _Held]
    )

    async def offered(self, host: Host, pause: Patience) -> tuple[list[asyncssh.SSHKeyPair], list[str]]:
        """Key pairs in the order in which they are tried, and what could not be used, in words."""
        held = self._held(host)
        by_agent, problems = await self._agent_keys(host)
        listed = {file.public.public_data for file in held.files if file.public}
        pairs = [pair for pair in by_agent if pair.key_public_data in listed]
        if host.ssh_options.get("identitiesonly") != "yes":
            pairs += [pair for pair in by_agent if pair.key_public_data not in listed]
        in_agent = {pair.key_public_data for pair in by_agent}
        for file in held.files:
            if file.public and file.public.public_data in in_agent:
                continue
            if file.public and is_touched(file.public):
                problems.append(f'{file.path}: is a security key; ssh-add it, or say transport = "openssh"')
                continue
            if file.locked and not file.public:  # an old format that hides even its public half
                with pause.paused():
                    await self.unlock(file, host.name)
            if file.private:
                pairs.append(asyncssh.load_keypairs([file.private])[0])
            elif file.public and file.locked and not file.problem:
                pairs.append(LockedKeyPair(file, file.public, self, host.name, pause))
            elif file.public and not file.locked:
                problems.append(f"{file.path}: only its public half is here, and the agent does not hold the other")
        return held.certified(pairs), problems + held.problems + held.locked_out()

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
            self.agents.pop(path, None)
            return [], [f"ssh-agent at {path}: {clean(str(error), limit=80)}"]

    def _held(self, host: Host) -> "_Held":
        """Files and certificates of a host, looked for at most once in a while: many hosts connect at once."""
        now, known = time.monotonic(), self.held.get((host.identities, host.certificates))
        if known and now - known.at < LOOK_AGAIN_S:
            return known
        paths = self._paths(host)
        held = _Held(now, [self._file(path) for path in paths])
        for name in host.certificates:
            held.add(self._absolute(name), expected=True)
        for path in paths:
            held.add(path.with_name(path.name + "-cert.pub"), expected=False)
        for file in held.files:
            if file.problem and not file.locked and (host.identities or not file.absent):
                held.problems.append(file.problem)
        self.held[host.identities, host.certificates] = held
        return held

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
        self.held.clear()

    async def close(self) -> None:
        """Let go of the agents."""
        for agent in self.agents.values():
            agent.close()
        self.agents.clear()
