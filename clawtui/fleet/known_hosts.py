"""Who vouched for which host key: OpenSSH known_hosts files, parsed once and looked up per host.

Plain names are found in a dictionary, hashed ones by one HMAC each (remembered), patterns one by one.
Judging an offered key is pure: trusted, unknown, changed or revoked.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import translate
from pathlib import Path

from clawtui.fleet.host import Host, Origin
from clawtui.fleet.known_line import Line, salted

DEFAULT_PORT = 22
REPLACED = "replaced "
# begins the comment of a line that `trust --replace` wrote: an old key that no file vouches for any more


class Verdict(StrEnum):
    """What the files say about an offered key."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line: a key, what it stands for, and where it was written."""

    kind: str
    # "ssh-ed25519"
    blob: bytes
    marker: str
    # "", "cert-authority" or "revoked"
    origin: Origin
    comment: str = ""

    @property
    def line(self) -> str:
        """As OpenSSH writes a public key."""
        return public_line(self.kind, self.blob)

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`."""
        return fingerprint(self.blob)

    @property
    def replaced(self) -> bool:
        """Revoked by ourselves, for one host that was built anew; whoever replaces again may take it back."""
        return self.marker == "revoked" and self.comment.startswith(REPLACED)


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one host."""

    keys: tuple[KnownKey, ...] = ()
    authorities: tuple[KnownKey, ...] = ()
    revoked: tuple[KnownKey, ...] = ()
    portless: tuple[KnownKey, ...] = ()
    # keys of the same name without its port: they can vouch, they cannot accuse

    @property
    def trusted(self) -> tuple[KnownKey, ...]:
        """Keys that let the host in: written down, and not revoked since."""
        revoked = {key.blob for key in self.revoked}
        return tuple(key for key in (*self.keys, *self.portless) if key.blob not in revoked)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Algorithms of the trusted keys, so that the host is asked for one of these first."""
        return tuple(dict.fromkeys(key.kind for key in self.trusted))

    def judge(self, blob: bytes) -> Verdict:
        """Is this the key somebody vouched for?"""
        if any(key.blob == blob for key in self.revoked):
            return Verdict.REVOKED
        if any(key.blob == blob for key in (*self.keys, *self.portless)):
            return Verdict.TRUSTED
        return Verdict.CHANGED if self.keys else Verdict.UNKNOWN


def fingerprint(blob: bytes) -> str:
    """`SHA256:…`, as `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def public_line(kind: str, blob: bytes) -> str:
    """`ssh-ed25519 AAAA…`."""
    return f"{kind} {base64.b64encode(blob).decode()}"


def spelled(name: str, port: int = DEFAULT_PORT) -> str:
    """A host as known_hosts writes it: `name`, or `[name]:port` off the usual port."""
    return name.lower() if port == DEFAULT_PORT else f"[{name.lower()}]:{port}"


def spelled_of(host: Host) -> str:
    """The name under which a host's keys are filed."""
    return host.host_key_alias.lower() or spelled(host.target, host.port)


@dataclass(slots=True)
class Pattern:
    """Names with * and ?, and with ! for those that are not meant."""

    wanted: tuple[re.Pattern[str], ...]
    unwanted: tuple[re.Pattern[str], ...]

    def matches(self, name: str) -> bool:
        """This spelled name is meant."""
        return any(p.fullmatch(name) for p in self.wanted) and not any(p.fullmatch(name) for p in self.unwanted)


@dataclass(slots=True)
class KnownHostsFile:
    """One parsed file."""

    plain: dict[str, list[KnownKey]] = field(default_factory=dict[str, list[KnownKey]])
    hashed: list[tuple[bytes, bytes, KnownKey]] = field(default_factory=list[tuple[bytes, bytes, KnownKey]])
    patterns: list[tuple[Pattern, KnownKey]] = field(default_factory=list[tuple[Pattern, KnownKey]])
    problems: list[str] = field(default_factory=list[str])
    # lines that OpenSSH would skip too, with file and line
    found: dict[str, tuple[KnownKey, ...]] = field(default_factory=dict[str, tuple[KnownKey, ...]])

    @classmethod
    def parse(cls, text: str, file: str) -> "KnownHostsFile":
        """Every line that makes sense; the others become problems."""
        parsed = cls()
        for number, line in enumerate(text.split("\n"), 1):
            if read := Line.of(line):
                parsed._add(read, Origin(file, number))
        return parsed

    def _add(self, line: Line, origin: Origin) -> None:
        if line.marker not in ("", "cert-authority", "revoked"):
            self.problems.append(f"{origin}: marker @{line.marker} is not known; the line is not used")
        elif not line.blob:
            self.problems.append(f"{origin}: not a host and its key; the line is not used")
        else:
            self._file(line.names, KnownKey(line.kind, line.blob, line.marker, origin, line.comment))

    def _file(self, names: str, key: KnownKey) -> None:
        if names.startswith("|1|"):
            salt, digest = salted(names)
            if not digest:
                self.problems.append(f"{key.origin}: not a hashed host name; the line is not used")
                return
            self.hashed.append((salt, digest, key))
        elif any(c in names for c in "*?!"):
            self.patterns.append((pattern_of(names), key))
        else:
            for name in names.lower().split(","):
                self.plain.setdefault(name, []).append(key)

    @property
    def known(self) -> bool:
        """It holds a key at all."""
        return bool(self.plain or self.hashed or self.patterns)

    def lookup(self, name: str) -> tuple[KnownKey, ...]:
        """Every key filed under a spelled name."""
        if name not in self.found:
            encoded = name.encode()
            keys = list(self.plain.get(name, ()))
            keys += [k for salt, digest, k in self.hashed if hmac.digest(salt, encoded, "sha1") == digest]
            keys += [key for pattern, key in self.patterns if pattern.matches(name)]
            self.found[name] = tuple(keys)
        return self.found[name]


def pattern_of(names: str) -> Pattern:
    """Compiled."""
    parts = [part for part in names.lower().split(",") if part]
    # brackets stand for themselves here ([host]:port), unlike in fnmatch
    compiled = [
        (part.startswith("!"), re.compile(translate(part.removeprefix("!").replace("[", "[[]")))) for part in parts
    ]
    return Pattern(tuple(p for no, p in compiled if not no), tuple(p for no, p in compiled if no))


@dataclass(slots=True)
class KnownHosts:
    """All files of one operator; a file is parsed again only when it changed on disk."""

    ours: Path
    usual: tuple[Path, ...]
    _parsed: dict[Path, tuple[tuple[int, int, int], KnownHostsFile]] = field(
        default_factory=dict[Path, tuple[tuple[int, int, int], KnownHostsFile]]
    )

    def lookup(self, address: str, port: int, *, alias: str = "", files: tuple[Path, ...] = ()) -> Known:
        """What is known of a host; an alias is looked up as it stands, without a port, as OpenSSH does."""
        name = alias.lower() if alias else spelled(address, port)
        found = self._all(name, files)
        portless = self._all(address.lower(), files) if not alias and port != DEFAULT_PORT else []
        return Known(
            keys=tuple(key for key in found if not key.marker),
            authorities=tuple(key for key in (*found, *portless) if key.marker == "cert-authority"),
            revoked=tuple(key for key in (*found, *portless) if key.marker == "revoked"),
            portless=tuple(key for key in portless if not key.marker),
        )

    def of(self, host: Host, home: Path) -> Known:
        """What is known of a host of a fleet, in the files that its configuration names."""
        files = tuple(home / name[2:] if name.startswith("~/") else Path(name) for name in host.known_hosts)
        return self.lookup(host.target, host.port, alias=host.host_key_alias, files=files)

    def _all(self, name: str, files: tuple[Path, ...]) -> list[KnownKey]:
        return [key for path in (self.ours, *(files or self.usual)) for key in self.file(path).lookup(name)]

    def file(self, path: Path) -> KnownHostsFile:
        """One file, parsed; an absent or unreadable one is empty (the latter said in its problems)."""
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            known = self._parsed.get(path)
            if known and known[0] == stamp:
                return known[1]
            parsed = KnownHostsFile.parse(path.read_text("utf-8", "replace"), str(path))
        except FileNotFoundError:
            return KnownHostsFile()
        except OSError as error:
            return KnownHostsFile(problems=[f"{path}: cannot be read: {error.strerror}"])
        self._parsed[path] = (stamp, parsed)
        return parsed
