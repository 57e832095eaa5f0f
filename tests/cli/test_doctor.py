"""`clawtui doctor`: the first thing that is wrong is named with its remedy, what depends on it is skipped."""

import json
import socket
import threading
from pathlib import Path

import pytest

from tests.cli.sshd import Sshd
from tests.cli.terminal import clawtui


def states(home: Path, fleet: Path, host: str = "box") -> tuple[int, dict[str, str], dict[str, str]]:
    """Exit code, state and remedy of each finding."""
    done = clawtui(home, "--fleet", str(fleet), "doctor", host, "--json")
    found = json.loads(done.stdout)["findings"]
    return done.returncode, {f["what"]: f["state"] for f in found}, {f["what"]: f["remedy"] for f in found}


def fleet_of(folder: Path, address: str, port: int = 22) -> Path:
    path = folder / "fleet.toml"
    path.write_text(
        f'version = 1\n[context]\nname = "t"\n[[host]]\nname = "box"\naddress = "{address}"\nport = {port}\n'
    )
    return path


def test_a_host_without_agent_is_a_warning_with_its_command(host: Sshd, tmp_path: Path) -> None:
    code, state, remedy = states(tmp_path, host.fleet_file())
    if not Path("/opt/clawtui/agent/current").exists():  # this machine's own agent would serve this login too
        assert (code, remedy["agent"]) == (1, "clawtui agent install box")
    assert {state[what] for what in ("name", "tcp", "host key", "auth", "shell", "python")} == {"ok"}


def test_a_name_that_does_not_exist(tmp_path: Path) -> None:
    code, state, remedy = states(tmp_path, fleet_of(tmp_path, "no-such-host.invalid"))
    assert (code, state["name"], state["auth"]) == (2, "failed", "skipped")
    assert "fleet.toml" in remedy["name"]


def test_a_closed_port(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        code, state, _ = states(tmp_path, fleet_of(tmp_path, "127.0.0.1", closed.getsockname()[1]))
    assert (code, state["tcp"], state["host key"]) == (2, "failed", "skipped")


def test_a_port_that_speaks_something_else(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            line, _ = other.accept()
            line.sendall(b"220 mail.example ESMTP\r\n")
            line.close()

        thread = threading.Thread(target=greet)
        thread.start()
        code, state, remedy = states(tmp_path, fleet_of(tmp_path, "127.0.0.1", other.getsockname()[1]))
        thread.join()
    assert (code, state["tcp"]) == (2, "failed")
    assert "correct port" in remedy["tcp"]


def test_an_unknown_key_names_the_verb(host: Sshd, tmp_path: Path) -> None:
    code, state, remedy = states(tmp_path, host.fleet_file(known_hosts=False))
    assert (code, state["host key"], state["auth"]) == (2, "failed", "skipped")
    assert "clawtui trust box" in remedy["host key"]


def test_a_changed_key_names_the_way_to_replace_it(host: Sshd, tmp_path: Path) -> None:
    (host.folder / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {(host.folder / 'key.pub').read_text()}")
    code, state, remedy = states(tmp_path, host.fleet_file())
    assert (code, state["host key"]) == (2, "failed")
    assert "clawtui trust --replace box --fingerprint SHA256:… --reason …" in remedy["host key"]


def test_a_fleet_of_unknown_hosts_is_advised_to_have_an_authority(host: Sshd, tmp_path: Path) -> None:
    fleet = host.fleet_file(*(f"box-{number}" for number in range(12)), known_hosts=False)
    done = clawtui(tmp_path, "--fleet", str(fleet), "doctor", "box-3")
    assert b"12 of 12 hosts have no key that anybody vouched for" in done.stdout
    for command in (b"ssh-keygen -t ed25519 -f host_ca", b"ssh-keygen -s host_ca -h", b"trust all --from host_ca.pub"):
        assert command in done.stdout


def test_a_key_that_is_not_let_in(host: Sshd, tmp_path: Path) -> None:
    (host.folder / "authorized_keys").write_text("")
    code, state, remedy = states(tmp_path, host.fleet_file())
    assert (code, state["host key"], state["auth"], state["shell"]) == (2, "ok", "failed", "skipped")
    assert "authorized_keys" in remedy["auth"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        # what sshd writes before it hangs up, from 9.8 on and before; taken from its source, for no sshd here is that new
        (b"Not allowed at this time\r\n", "PerSourcePenalties holds earlier failed logins against this address"),
        (b"Exceeded MaxStartups\r\n", "too many logins are going on there"),
        (b"", "hung up on without a word"),
    ],
)
def test_an_sshd_that_turns_us_away_says_why_and_what_ends_it(tmp_path: Path, said: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def turn_away() -> None:
            line, _ = other.accept()
            line.sendall(said)
            line.close()

        thread = threading.Thread(target=turn_away)
        thread.start()
        fleet = fleet_of(tmp_path, "127.0.0.1", other.getsockname()[1])
        done = clawtui(tmp_path, "--fleet", str(fleet), "doctor", "box", "--json")
        thread.join()
    found = {finding["what"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert (done.returncode, found["tcp"]["state"], found["auth"]["state"]) == (2, "failed", "skipped")
    assert words in found["tcp"]["words"]
    assert "PerSourcePenaltyExemptList" in found["tcp"]["remedy"]
