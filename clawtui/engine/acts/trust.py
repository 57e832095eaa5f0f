"""`trust`: ask about unknown keys, take them from a file, an authority or DNS, or replace those of hosts built anew."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from clawtui.clean import clean
from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.trust_words import Wanted
from clawtui.errors import LinkError, UsageError
from clawtui.fleet import vouching
from clawtui.fleet.dns import RESOLV_CONF, Resolver
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.keyring import Keyring
from clawtui.fleet.known_hosts import fingerprint
from clawtui.fleet.selector import select
from clawtui.fleet.sshfp import vouched
from clawtui.fleet.vouched import Vouched, Voucher
from clawtui.fleet.way import outer_first
from clawtui.history.actions import operator

AT_ONCE = 16
DNS_AT_ONCE = 32
PROBLEMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Trust:
    """Nobody's key is accepted by confirming a plan that does not name it."""

    keyring: Keyring

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """Which keys for which hosts, and what speaks against it."""
        keyring = self.keyring
        wanted = Wanted.of(words)
        hosts = select(fleet, wanted.selector)
        count = f"{len(hosts)} host{'s' if len(hosts) != 1 else ''}"
        if not wanted.replace and not wanted.source:
            return _asking(hosts, count)
        if wanted.fingerprint and len(hosts) != 1:
            raise UsageError(f"--fingerprint is one host's; {wanted.selector!r} means {len(hosts)}: use --from FILE")
        vouchers, problems = await _vouchers(wanted, hosts)
        rulings = [_foreseen(host, vouchers[host.name], keyring, wanted) for host in hosts]
        what = "REPLACE THE KEY" if wanted.replace else "TRUST THE KEY"
        return Draft(
            verb="trust",
            title=f"{what} of {count}" + (f" by {clean(wanted.source, limit=200)}" if wanted.source else ""),
            hosts=hosts,
            lines=(*(f"{host.name}: {words}" for host, words in zip(hosts, rulings, strict=True)), *problems),
            reverts=_reverts(wanted, keyring),
            at_once=AT_ONCE,
            waves=outer_first(fleet, hosts),
            limit="",
            commands=tuple(f"{name}: {_short(voucher)}" for name, voucher in vouchers.items()),
            details={f"host {name}": _written(voucher) for name, voucher in vouchers.items()}
            | {"replace": "yes" * wanted.replace, "reason": clean(wanted.reason, limit=200)},
        )

    async def carry_out_here(self, draft: Draft, host: Host) -> HostOutcome:
        """For one host: everything or nothing."""
        keyring = self.keyring
        if (written := draft.details.get(f"host {host.name}")) is None:
            try:
                await keyring.connect(host)
            except LinkError as failure:
                return HostOutcome(host.name, "unreached", failure.reason)
            return HostOutcome(host.name, "ok", "its key is trusted", status=0)
        voucher = msgspec.json.decode(written, type=Voucher)
        if voucher.problem:
            return HostOutcome(host.name, "failed", voucher.problem)
        try:
            ruling = await _ruled(host, voucher, draft, keyring)
        except LinkError as failure:
            return HostOutcome(host.name, "unreached", f"{failure.reason}; nothing was changed")
        if ruling.change is None:
            if ruling.already:
                await keyring.renew(host)
            return HostOutcome(host.name, "skipped" if ruling.already else "failed", ruling.words)
        try:
            await keyring.write(host, ruling.change)
        except OSError as failure:
            words = (
                f"{keyring.places.known_hosts} cannot be written: {failure.strerror or failure}; nothing was changed"
            )
            return HostOutcome(host.name, "failed", words)
        left = vouching.leftovers(ruling.change, str(keyring.places.known_hosts))
        words = f"{ruling.words} is trusted now" + (f"; {left}" if left else "")
        return HostOutcome(host.name, "ok", words, status=0)


async def _ruled(host: Host, voucher: Voucher, draft: Draft, keyring: Keyring) -> vouching.Ruling:
    """By what the files say at this moment, and where it has to be seen by what the host shows."""
    if voucher.authority:
        return vouching.add_authority(host, keyring.known(host), voucher)
    replace, known = bool(draft.details["replace"]), keyring.known(host)
    if not replace and voucher.keys:
        return vouching.add(host, known, voucher.keys)
    if not replace and any(fingerprint(key.blob) in voucher.fingerprints for key in known.trusted):
        return vouching.Ruling("trusted already", already=True)
    seen = await keyring.seen(host, voucher)
    if seen.key is None:
        return vouching.Ruling(f"it shows {' and '.join(seen.others)}, not {_short(voucher)}; nothing was changed")
    if not replace:
        return vouching.add(host, keyring.known(host), (seen.key,))
    note = f"{datetime.now(UTC):%Y-%m-%d} by {operator(os.environ)}: {draft.details['reason']}"
    return vouching.put_in_place(host, keyring.known(host), voucher.keys or (seen.key,), note)


def _asking(hosts: tuple[Host, ...], count: str) -> Draft:
    """The question itself is the link's (Prompts.trust)."""
    return Draft(
        verb="trust",
        title=f"LOOK AT THE KEY of {count}",
        hosts=hosts,
        lines=("each unknown key is shown and asked about; a changed one is refused",),
        reverts="removing its line from known_hosts",
        guarded=False,
    )


async def _vouchers(wanted: Wanted, hosts: Sequence[Host]) -> tuple[dict[str, Voucher], tuple[str, ...]]:
    """What the source says of each host, and what is wrong with the source."""
    if wanted.fingerprint:
        return {host.name: Voucher(fingerprints=(wanted.fingerprint,)) for host in hosts}, ()
    if wanted.source.partition("@")[0] == "SSHFP":
        return await _from_dns(await asyncio.to_thread(_resolver, wanted.source), hosts), ()
    found = await asyncio.to_thread(_file, wanted.source)
    if found.authorities and wanted.replace:
        raise UsageError(f"--from {wanted.source} is an authority: it vouches for new keys without --replace")
    if wanted.pattern and not found.authorities:
        raise UsageError(f"--pattern goes with the public key of an authority; {wanted.source} is none")
    problems = (f"not used: {words}" for words in found.problems[:PROBLEMS_SHOWN])
    more = [f"and {len(found.problems) - PROBLEMS_SHOWN} more lines"] * (len(found.problems) > PROBLEMS_SHOWN)
    return {host.name: found.of(host, wanted.pattern) for host in hosts}, (*problems, *more)


def _file(source: str) -> Vouched:
    return Vouched.read(Path(source).expanduser())


def _resolver(source: str) -> Resolver:
    """The machine's own, or the one named: SSHFP@127.0.0.1:5353."""
    _, at, place = source.partition("@")
    if not at:
        return Resolver.of(RESOLV_CONF.read_text("utf-8", "replace") if RESOLV_CONF.exists() else "")
    return Resolver.at(place)


async def _from_dns(resolver: Resolver, hosts: Sequence[Host]) -> dict[str, Voucher]:
    room = asyncio.Semaphore(DNS_AT_ONCE)

    async def one(host: Host) -> Voucher:
        async with room:
            return await vouched(resolver, host)

    return dict(zip((host.name for host in hosts), await asyncio.gather(*map(one, hosts)), strict=True))


def _foreseen(host: Host, voucher: Voucher, keyring: Keyring, wanted: Wanted) -> str:
    """The plan's words about one host."""
    known = keyring.known(host)
    if voucher.problem:
        return f"nothing: {voucher.problem}"
    if voucher.authority:
        return vouching.add_authority(host, known, voucher).words
    if wanted.replace:
        old = ", ".join(f"{fingerprint(key.blob)} ({key.origin})" for key in known.trusted) or "no key known"
        return f"{old} → {_short(voucher)}, if it shows that"
    if voucher.keys:
        return vouching.add(host, known, voucher.keys).words
    return f"the key with {_short(voucher)}, if it shows that"


def _reverts(wanted: Wanted, keyring: Keyring) -> str:
    where = f"in {keyring.places.known_hosts}"
    if wanted.replace:
        return f"clawtui trust --replace {wanted.selector} with the fingerprint of before, which stays {where}"
    return f"taking its lines out again, {where}"


def _short(voucher: Voucher) -> str:
    """What a voucher stands for, in the words of plans and of the log."""
    if voucher.problem:
        return voucher.problem
    if voucher.authority:
        return f"@cert-authority {voucher.pattern} {vouching.named((voucher.authority,))}"
    keys = f"{vouching.named(voucher.keys)} from {voucher.keys[0].origin}" if voucher.keys else ""
    return " or ".join(part for part in (keys, *voucher.fingerprints) if part)


def _written(voucher: Voucher) -> str:
    return msgspec.json.encode(voucher).decode()
