"""What a file says of hosts' keys: four ways to write it, contradictions and nonsense named with their lines."""

from pathlib import Path

import pytest

from clawtui.errors import UsageError
from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import fingerprint
from clawtui.fleet.vouched import Vouched
from tests.engine.fleet.sshd import keygen
from tests.engine.fleet.test_host_keys import hashed


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("vouched")
    made = [keygen(folder / name, kind) for name, kind in (("a", "ed25519"), ("b", "ed25519"), ("c", "ecdsa"))]
    return [" ".join(path.with_suffix(".pub").read_text().split()[:2]) for path in made]


def test_known_hosts_and_the_output_of_ssh_keyscan_name_keys(keys: list[str]) -> None:
    scan = f"# web:22 SSH-2.0-OpenSSH_9.2p1\nweb {keys[0]}\nweb {keys[2]}\n[10.0.0.9]:2222 {keys[1]} comment\n"
    found = Vouched.parse(scan + f"{hashed('far')} {keys[1]}\n", "scan")
    assert [key.kind for key in found.of(Host("web")).keys] == ["ssh-ed25519", "ecdsa-sha2-nistp256"]
    assert str(found.of(Host("x", address="10.0.0.9", port=2222)).keys[0].origin) == "scan:4"
    assert found.of(Host("far")).keys[0].line == keys[1]
    assert found.of(Host("nobody")).problem == "scan says nothing about it"


def test_a_host_is_found_by_address_then_name_then_alias(keys: list[str]) -> None:
    found = Vouched.parse(f"10.0.0.1 {keys[0]}\nweb {keys[1]}\nwww {keys[1]}\n", "f")
    assert found.of(Host("web", address="10.0.0.1")).keys[0].line == keys[0]
    assert found.of(Host("web", address="10.0.0.2")).keys[0].line == keys[1]
    assert found.of(Host("x", aliases=("WWW",))).keys[0].line == keys[1]


def test_a_bare_address_does_not_vouch_for_another_port(keys: list[str]) -> None:
    assert Vouched.parse(f"10.0.0.1 {keys[0]}\n", "f").of(Host("x", address="10.0.0.1", port=2222)).problem


FINGER = "SHA256:" + "a" * 43


@pytest.mark.parametrize(
    "line",
    [f"web {FINGER}", f"WEB,10.0.0.1 {FINGER}= ed25519", f"256 {FINGER} web (ED25519)", f"web: ED25519 {FINGER}"],
)
def test_an_inventory_names_fingerprints(line: str) -> None:
    assert Vouched.parse(line + "\n", "cmdb").of(Host("web")).fingerprints == (FINGER,)


def test_a_bare_public_key_is_an_authority_for_exactly_the_hosts_asked_about(keys: list[str]) -> None:
    found = Vouched.parse(f"{keys[0]} host-ca\n", "ca.pub")
    voucher = found.of(Host("web", port=2222))
    assert (voucher.pattern, voucher.authority and voucher.authority.line) == ("[web]:2222", keys[0])
    assert found.of(Host("web.example"), "*.example").pattern == "*.example"
    assert "does not mean web" in found.of(Host("web"), "*.example").problem
    assert "several" in Vouched.parse(f"{keys[0]}\n{keys[1]}\n", "ca").of(Host("web")).problem


def test_contradictions_are_problems_with_both_lines(keys: list[str]) -> None:
    two = Vouched.parse(f"web {keys[0]}\nweb {keys[1]}\n", "f").of(Host("web"))
    assert two.problem == "two ssh-ed25519 keys: f:1 and f:2"
    revoked = Vouched.parse(f"web {keys[0]}\n@revoked * {keys[0]}\n", "f").of(Host("web"))
    assert revoked.problem == "the key at f:1 is revoked at f:2"
    assert not revoked.keys


@pytest.mark.parametrize(
    "line",
    ["web SHA256:short", "web MD5:aa:bb", "web ssh-ed25519 !!", "\x1b[31m", "@cert-authority", "web\u2028x AAAA"],
)
def test_nonsense_is_a_problem_and_stops_nothing(line: str, keys: list[str]) -> None:
    found = Vouched.parse(f"{line}\nok {keys[0]}\n", "f")
    assert found.problems[0].startswith("f:1:")
    assert found.of(Host("ok")).keys


def test_a_file_of_no_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing\nweb\n")
    with pytest.raises(UsageError, match=r"no host and its key.*empty:2"):
        Vouched.read(tmp_path / "empty")
    with pytest.raises(UsageError, match="No such file"):
        Vouched.read(tmp_path / "absent")
    with pytest.raises(UsageError, match="directory"):
        Vouched.read(tmp_path)


def test_fingerprints_of_the_file_are_those_that_ssh_keygen_prints(keys: list[str]) -> None:
    found = Vouched.parse(f"web {keys[0]}\n", "f").of(Host("web"))
    assert fingerprint(found.keys[0].blob).startswith("SHA256:")
