"""May these keys let this host in? What speaks against it has a name and a line. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from shlex import quote

from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known, KnownKey, fingerprint, spelled_of
from clawtui.fleet.trust import Change, replacement
from clawtui.fleet.vouched import Voucher


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be written for one host, or why nothing is."""

    words: str
    change: Change | None = None
    already: bool = False
    # nothing to do: it is as wanted


def add(host: Host, known: Known, keys: Iterable[KnownKey]) -> Ruling:
    """Keys beside those that are known; one in the place of another is a conflict."""
    keys = tuple(keys)
    if words := _revoked(known, keys, ours_too=True):
        return Ruling(words)
    trusted = {key.blob for key in known.trusted}
    fresh = [key for key in keys if key.blob not in trusted]
    for key in fresh:
        if old := next((k for k in known.trusted if k.kind == key.kind), None):
            return Ruling(
                f"conflict: {old.kind} {fingerprint(old.blob)} is trusted by {old.origin}, not {fingerprint(key.blob)}; "
                f"if it was built anew: clawtui trust --replace {host.name} --fingerprint {fingerprint(key.blob)} --reason …"
            )
    if not fresh:
        return Ruling("trusted already", already=True)
    name = spelled_of(host)
    return Ruling(named(fresh), Change(name, tuple(f"{name} {key.line}" for key in fresh)))


def add_authority(host: Host, known: Known, voucher: Voucher) -> Ruling:
    """Whoever that authority signs, under the voucher's names."""
    assert voucher.authority is not None
    if words := _revoked(known, (voucher.authority,), ours_too=True):
        return Ruling(words)
    if any(key.blob == voucher.authority.blob for key in known.authorities):
        return Ruling("its authority is trusted already", already=True)
    line = f"@cert-authority {voucher.pattern} {voucher.authority.line}"
    return Ruling(f"@cert-authority {voucher.pattern} {named((voucher.authority,))}", Change(spelled_of(host), (line,)))


def put_in_place(host: Host, known: Known, keys: Iterable[KnownKey], note: str) -> Ruling:
    """These keys instead of all others; what others revoked stays revoked."""
    keys = tuple(keys)
    if words := _revoked(known, keys, ours_too=False):
        return Ruling(words)
    change = replacement(known, keys, spelled_of(host), note)
    trusted = {key.blob for key in known.trusted}
    if not change.retired and all(key.blob in trusted for key in keys):
        return Ruling("trusted already", already=True)
    return Ruling(named(keys), change)


def leftovers(change: Change, ours: str) -> str:
    """Old lines in files that are not ours to edit, with the command that takes each out."""
    places = {key.origin.file: key.origin for key in change.retired if key.origin.file != ours}
    if not places:
        return ""
    commands = ", ".join(f"ssh-keygen -R {quote(change.name)} -f {quote(file)}" for file in places)
    where = ", ".join(map(str, places.values()))
    return f"the old key stays written in {where} and counts no longer here; for ssh itself: {commands}"


def named(keys: Iterable[KnownKey]) -> str:
    """Kinds and fingerprints."""
    return ", ".join(f"{key.kind} {fingerprint(key.blob)}" for key in keys)


def _revoked(known: Known, keys: tuple[KnownKey, ...], *, ours_too: bool) -> str:
    """What revocation wins over; those that a replacement made may be taken back by another one."""
    blobs = {key.blob for key in keys}
    lines = (key for key in known.revoked if key.blob in blobs and (ours_too or not key.replaced))
    return next((f"{fingerprint(key.blob)} is revoked by {key.origin}, and that wins" for key in lines), "")
