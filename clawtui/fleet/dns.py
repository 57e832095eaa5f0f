"""One question to a resolver that validates DNSSEC, and its answer; only what SSHFP needs of RFC 1035, 4035 and 6891."""

import asyncio
import secrets
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from clawtui.errors import UsageError

RESOLV_CONF = Path("/etc/resolv.conf")
CLASS_IN, CNAME, OPT = 1, 5, 41
RECURSE, AUTHENTIC = 0x0100, 0x0020
TRUNCATED, FAILED = 0x0200, 0x000F
UDP_BYTES = 1232
SERVFAIL, NXDOMAIN = 2, 3
WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Resolver:
    """Whom to ask, and whether its word that an answer was validated may be believed."""

    address: str
    port: int = 53
    believed: bool = False
    # on this machine, or `options trust-ad`: elsewhere anybody on the way could set the bit

    @classmethod
    def of(cls, text: str) -> "Resolver":
        """From resolv.conf; the first server, as the AD bit of another one would be another one's word."""
        lines = [line.split() for line in text.splitlines()]
        servers = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
        trusts = any("trust-ad" in words[1:] for words in lines if words[:1] == ["options"])
        address = servers[0] if servers else "127.0.0.1"
        return cls(address, 53, trusts or _here(address))

    @classmethod
    def at(cls, place: str) -> "Resolver":
        """ADDRESS or ADDRESS:PORT, [ADDRESS]:PORT for IPv6."""
        address, _, port = place.rpartition(":") if place.count(":") == 1 or "]:" in place else (place, "", "53")
        address = address.strip("[]")
        try:
            ip_address(address)
            return cls(address, int(port), _here(address))
        except ValueError:
            raise UsageError(f"SSHFP@{place}: give the resolver's address, for example SSHFP@127.0.0.1:53") from None


def _here(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    records: tuple[bytes, ...]
    # data of the records asked for, at the name asked for or where its aliases lead
    authentic: bool
    failure: str = ""


async def query(resolver: Resolver, name: str, kind: int) -> Reply:
    """Ask by UDP, and by TCP where the answer does not fit; OSError or TimeoutError when nobody answers."""
    number = secrets.randbelow(65536)
    asked = _question(number, name, kind)
    async with asyncio.timeout(WAIT_S):
        answer = await _udp(resolver, asked)
        if struct.unpack("!H", answer[2:4])[0] & TRUNCATED:
            answer = await _tcp(resolver, asked)
    return read(answer, asked)


def _question(number: int, name: str, kind: int) -> bytes:
    labels = [label.encode("idna") for label in name.rstrip(".").split(".")]
    if not labels or any(not 0 < len(label) < 64 for label in labels):
        raise OSError(f"{name} is no name of DNS")
    body = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    wants_dnssec = struct.pack("!BHHIH", 0, OPT, UDP_BYTES, 0x8000, 0)
    return (
        struct.pack("!6H", number, RECURSE | AUTHENTIC, 1, 0, 0, 1) + body + struct.pack("!2H", kind, 1) + wants_dnssec
    )


class _Datagrams(asyncio.DatagramProtocol):
    """Takes the one datagram that answers this question."""

    def __init__(self, number: bytes) -> None:
        self._number = number
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:  # noqa: ARG002 - the library's signature
        """Datagrams of somebody else, or about something else, are passed over."""
        if data[:2] == self._number and len(data) >= 12 and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _udp(resolver: Resolver, asked: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    where = (resolver.address, resolver.port)
    transport, protocol = await loop.create_datagram_endpoint(lambda: _Datagrams(asked[:2]), remote_addr=where)
    try:
        transport.sendto(asked)
        return await protocol.answer
    finally:
        transport.close()


async def _tcp(resolver: Resolver, asked: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(resolver.address, resolver.port)
    try:
        writer.write(struct.pack("!H", len(asked)) + asked)
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError:
        raise OSError("the resolver hung up in the middle of its answer") from None
    finally:
        writer.close()


def read(answer: bytes, asked: bytes) -> Reply:
    """The records of an answer; a hostile or torn one is an OSError."""
    try:
        return _read(answer, asked)
    except (IndexError, struct.error, ValueError):
        raise OSError("the resolver's answer makes no sense") from None


def _read(answer: bytes, asked: bytes) -> Reply:
    number, flags, questions, answers = struct.unpack("!4H", answer[:8])
    name, end = _name(asked, 12)
    (kind,) = struct.unpack("!H", asked[end : end + 2])
    if number != struct.unpack("!H", asked[:2])[0] or questions != 1 or _name(answer, 12)[0] != name:
        raise ValueError
    if code := flags & FAILED:
        words = {SERVFAIL: "it could not be resolved, or its signatures are wrong", NXDOMAIN: "there is no such name"}
        return Reply((), False, words.get(code, f"the resolver failed with code {code}"))
    at = _name(answer, 12)[1] + 4
    names, records = {name}, list[bytes]()
    for _ in range(answers):
        owner, at = _name(answer, at)
        record, of_class, _ttl, size = struct.unpack("!HHIH", answer[at : at + 10])
        at += 10
        data = answer[at : at + size]
        if len(data) != size:
            raise ValueError
        if of_class == CLASS_IN and owner in names:
            if record == CNAME:
                names.add(_name(answer, at)[0])
            elif record == kind:
                records.append(data)
        at += size
    return Reply(tuple(records), bool(flags & AUTHENTIC))


def _name(message: bytes, at: int) -> tuple[bytes, int]:
    """A name in lower case, and where it ends; pointers only lead back, so none goes in circles."""
    labels: list[bytes] = []
    end, limit = 0, at
    while length := message[at]:
        if length >= 0xC0:
            target = (length & 0x3F) << 8 | message[at + 1]
            if target >= limit:
                raise ValueError
            end, limit, at = end or at + 2, target, target
        else:
            labels.append(message[at + 1 : at + 1 + length].lower())
            at += 1 + length
    return b".".join(labels), end or at + 1
