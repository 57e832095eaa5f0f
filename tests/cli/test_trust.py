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
