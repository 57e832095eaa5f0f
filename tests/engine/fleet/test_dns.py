"""A resolver's answer: hostile and torn ones are refused, and whose word is believed; `test_fleet_sshfp.py` asks a real one."""

import struct

import pytest

from clawtui.errors import UsageError
from clawtui.fleet.dns import Resolver, read

NAME = b"\x03gpu\x05fleet\x00"
ASKED = struct.pack("!6H", 7, 0x0120, 1, 0, 0, 1) + NAME + struct.pack("!2H", 44, 1)
HEAD = struct.pack("!6H", 7, 0x81A0, 1, 1, 0, 0) + NAME + struct.pack("!2H", 44, 1)
RECORD = struct.pack("!HHIH", 44, 1, 300, 3) + b"\x04\x02x"


def test_records_at_the_name_are_read_and_the_proof_is_seen() -> None:
    reply = read(HEAD + b"\xc0\x0c" + RECORD, ASKED)
    assert (reply.records, reply.authentic) == ((b"\x04\x02x",), True)


def test_a_record_of_another_name_is_not_ours() -> None:
    assert read(HEAD + b"\x04evil\x00" + RECORD, ASKED).records == ()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        HEAD,
        HEAD + b"\xc0\x0c" + RECORD[:-1],
        HEAD + b"\xc0\xff" + RECORD,
        HEAD + struct.pack("!H", 0xC000 | len(HEAD)) + RECORD,
        b"\x00\x08" + HEAD[2:] + b"\xc0\x0c" + RECORD,
        HEAD.replace(b"gpu", b"cpu") + b"\xc0\x0c" + RECORD,
    ],
)
def test_a_torn_or_hostile_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(OSError, match="makes no sense"):
        read(answer, ASKED)


@pytest.mark.parametrize(
    ("text", "address", "believed"),
    [
        ("nameserver 127.0.0.53\n", "127.0.0.53", True),
        ("nameserver ::1\n", "::1", True),
        ("nameserver 10.0.0.2\nnameserver 127.0.0.1\n", "10.0.0.2", False),
        ("options edns0 trust-ad\nnameserver 10.0.0.2\n", "10.0.0.2", True),
        ("# empty\n", "127.0.0.1", True),
    ],
)
def test_only_a_resolver_here_or_one_vouched_for_is_believed(text: str, address: str, believed: bool) -> None:
    resolver = Resolver.of(text)
    assert (resolver.address, resolver.believed) == (address, believed)


def test_a_resolver_may_be_named_with_its_port() -> None:
    assert Resolver.at("127.0.0.1:5353") == Resolver("127.0.0.1", 5353, believed=True)
    assert Resolver.at("[::1]:53").address == "::1"
    assert not Resolver.at("10.0.0.2").believed
    with pytest.raises(UsageError):
        Resolver.at("resolver.example")
