"""What a file says of the keys of hosts: known_hosts, the output of ssh-keyscan, `HOST SHA256:…` lines, or an authority's key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.errors import UsageError
from clawtui.fleet.host import Host, Origin
from clawtui.fleet.known_hosts import KnownHostsFile, KnownKey, pattern_of, spelled_of
from clawtui.fleet.known_line import key_of

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
MOST_BYTES = 16_777_216


@dataclass(frozen=True, slots=True)
class Voucher:
    """What somebody vouches for, for one host."""

    keys: tuple[KnownKey, ...] = ()
    fingerprints: tuple[str, ...] = ()
    # any key that the host shows and that has one of these
    authority: KnownKey | None = None
    pattern: str = ""
    # names that the authority vouches for
    problem: str = ""
    # why nothing can be taken from it


@dataclass(slots=True)
class Vouched:
    """One file, read."""

    file: str
    keys: KnownHostsFile = field(default_factory=KnownHostsFile)
    fingerprints: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    authorities: list[KnownKey] = field(default_factory=list[KnownKey])
    problems: list[str] = field(default_factory=list[str])

    @classmethod
    def read(cls, path: Path) -> "Vouched":
        """UsageError where it cannot be read or holds nothing of use."""
        try:
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise UsageError(f"--from {path}: {error.strerror}") from None
        if len(raw) > MOST_BYTES:
            raise UsageError(f"--from {path}: more than {MOST_BYTES >> 20} MiB, so it is no list of keys")
        found = cls.parse(raw.decode("utf-8", "replace"), str(path))
        if not (found.fingerprints or found.authorities or found.keys.known):
            said = f"; {found.problems[0]}" if found.problems else ""
            raise UsageError(f"--from {path}: no host and its key, no fingerprint, no public key of an authority{said}")
        return found

    @classmethod
    def parse(cls, text: str, file: str) -> "Vouched":
        """Lines that make no sense become problems."""
        found = cls(file)
        plain: list[str] = []
        for number, line in enumerate(text.split("\n"), 1):
            plain.append("" if found._special(line.split(), Origin(file, number)) else line)
        found.keys = KnownHostsFile.parse("\n".join(plain), file)
        found.problems += found.keys.problems
        return found

    def _special(self, words: list[str], origin: Origin) -> bool:
        """A line that is not of a known_hosts file."""
        if not words or words[0].startswith(("#", "@")):
            return False
        kind, blob = key_of(words)
        if blob:
            self.authorities.append(KnownKey(kind, blob, "cert-authority", origin))
            return True
        at = next((n for n, word in enumerate(words) if word.startswith(("SHA256:", "MD5:"))), 0)
        if not at:
            return False
        # "HOST SHA256:…" of an inventory, or "256 SHA256:… HOST (ED25519)" of ssh-keygen -l
        names = words[2] if words[0].isdigit() and len(words) > 2 else words[0]
        if FINGERPRINT.fullmatch(words[at].rstrip("=,;")) is None:
            self.problems.append(f"{origin}: {words[at][:60]!r} is no SHA256 fingerprint; the line is not used")
            return True
        for name in names.lower().rstrip(":").split(","):
            self.fingerprints.setdefault(name, []).append(words[at].rstrip("=,;"))
        return True

    def of(self, host: Host, pattern: str = "") -> Voucher:
        """What it says of one host: under the name its keys are filed by, else its name in the fleet, else an alias."""
        if self.authorities:
            return self._authority(host, pattern)
        for name in dict.fromkeys((spelled_of(host), host.name.lower(), *map(str.lower, host.aliases))):
            found = self.keys.lookup(name)
            fingerprints = tuple(dict.fromkeys(self.fingerprints.get(name, ())))
            if found or fingerprints:
                return self._checked(found, fingerprints)
        return Voucher(problem=f"{self.file} says nothing about it")

    def _authority(self, host: Host, pattern: str) -> Voucher:
        if len({key.blob for key in self.authorities}) > 1:
            places = ", ".join(str(key.origin) for key in self.authorities)
            return Voucher(problem=f"several authorities ({places}); give a file with one")
        if pattern and not pattern_of(pattern).matches(spelled_of(host)):
            return Voucher(problem=f"--pattern {pattern} does not mean {spelled_of(host)}")
        return Voucher(authority=self.authorities[0], pattern=pattern or spelled_of(host))

    def _checked(self, found: Iterable[KnownKey], fingerprints: tuple[str, ...]) -> Voucher:
        keys = tuple({key.blob: key for key in found if not key.marker}.values())
        authorities = [key for key in found if key.marker == "cert-authority"]
        revoked = {key.blob: key.origin for key in found if key.marker == "revoked"}
        if dead := next((key for key in keys if key.blob in revoked), None):
            return Voucher(problem=f"the key at {dead.origin} is revoked at {revoked[dead.blob]}")
        for key in keys:
            if other := next((k for k in keys if k.kind == key.kind and k is not key), None):
                return Voucher(problem=f"two {key.kind} keys: {key.origin} and {other.origin}")
        if not keys and not fingerprints:
            what = authorities[0].origin if authorities else self.file
            return Voucher(problem=f"{what} names no key of it; give the authority's own public key by --from CA.pub")
        return Voucher(keys, fingerprints)
