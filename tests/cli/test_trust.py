"""`clawtui trust`: the fingerprint is shown, compared, and only then kept; a changed key is never offered."""

from pathlib import Path

from tests.cli.sshd import Sshd
from tests.cli.terminal import Screen, clawtui


def test_headless_needs_the_right_fingerprint(host: Sshd, tmp_path: Path) -> None:
    words = ("--fleet", str(host.fleet_file(known_hosts=False)), "trust", "box")
    nobody = clawtui(tmp_path, *words)
    assert nobody.returncode == 77
    assert host.fingerprint.encode() in nobody.stderr
    wrong = clawtui(tmp_path, *words, "--yes", "--fingerprint", "SHA256:" + "A" * 43)
    assert wrong.returncode == 77
    assert not (tmp_path / ".config/clawtui/known_hosts").exists()
    right = clawtui(tmp_path, *words, "--yes", "--fingerprint", host.fingerprint)
    assert right.returncode == 0, right.stderr
    assert host.key_line in (tmp_path / ".config/clawtui/known_hosts").read_text()
    assert b"trusted already" in clawtui(tmp_path, *words).stdout


def test_a_person_types_a_whole_yes(host: Sshd, tmp_path: Path) -> None:
    screen = Screen(tmp_path, "--fleet", str(host.fleet_file(known_hosts=False)), "trust", "box")
    screen.until(b"(yes/no)? ")
    assert host.fingerprint.encode() in screen.seen
    screen.type("yes\n")
    assert screen.end() == 0
    assert host.key_line in (tmp_path / ".config/clawtui/known_hosts").read_text()


def test_a_changed_key_is_refused_without_a_question(host: Sshd, tmp_path: Path) -> None:
    other = (host.folder / "key.pub").read_text()
    (host.folder / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {other}")
    words = ("--fleet", str(host.fleet_file()), "trust", "box")
    done = clawtui(tmp_path, *words, "--yes", "--fingerprint", host.fingerprint)
    assert done.returncode == 2
    assert not (tmp_path / ".config/clawtui/known_hosts").exists()


def test_keys_of_a_file_are_trusted_after_one_confirmation(host: Sshd, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"box {host.fingerprint}\n")
    words = ("--fleet", str(host.fleet_file(known_hosts=False)), "trust", "box", "--from", str(tmp_path / "keys"))
    unconfirmed = clawtui(tmp_path, *words)
    assert unconfirmed.returncode == 77
    assert f"box: the key with {host.fingerprint}, if it shows that".encode() in unconfirmed.stderr
    assert clawtui(tmp_path, *words, "--plan").returncode == 0
    assert not (tmp_path / ".config/clawtui/known_hosts").exists()
    done = clawtui(tmp_path, *words, "--yes")
    assert done.returncode == 0, done.stderr
    assert f"box: ok: ssh-ed25519 {host.fingerprint} is trusted now".encode() in done.stdout
    assert b"skipped: trusted already" in clawtui(tmp_path, *words, "--yes").stdout


def test_a_host_built_anew_is_trusted_again_and_its_reason_is_kept(host: Sshd, tmp_path: Path) -> None:
    other = " ".join((host.folder / "key.pub").read_text().split()[:2])
    ours = tmp_path / ".config/clawtui/known_hosts"
    ours.parent.mkdir(parents=True)
    ours.write_text(f"[127.0.0.1]:{host.port} {other}\n")
    fleet = ("--fleet", str(host.fleet_file(kind="prod", known_hosts=False)), "trust", "--replace", "box")
    words = (*fleet, "--fingerprint", host.fingerprint, "--reason", "new image")
    assert clawtui(tmp_path, *words, "--yes").returncode == 77
    done = clawtui(tmp_path, *words, "--confirm", "test:1")
    assert done.returncode == 0, done.stderr
    assert ": new image: [127.0.0.1]" in ours.read_text().splitlines()[0]
    assert host.key_line in ours.read_text()
    assert b"new image" in (tmp_path / ".local/state/clawtui/actions.jsonl").read_bytes()


def test_hosts_are_named_once_and_somehow(host: Sshd, tmp_path: Path) -> None:
    fleet = ("--fleet", str(host.fleet_file()), "trust")
    assert clawtui(tmp_path, *fleet).returncode == 64
    assert clawtui(tmp_path, *fleet, "box", "--replace", "box").returncode == 64
