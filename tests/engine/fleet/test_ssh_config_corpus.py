"""Files as people publish them: what we read of a host is what the system's own `ssh -G` says."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.fleet.hop import split_hop
from clawtui.fleet.inventory.ssh_config import SshConfig

CORPUS = Path(__file__).parent / "ssh_config"
HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
# ssh asks the user database, not the environment
USUAL = {"id_rsa", "id_dsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_mldsa44_ed25519"}


def cases() -> Iterator[tuple[str, str]]:
    """Every host that the first line of a file names; a folder is a tree with its root in `config`."""
    for path in sorted(CORPUS.iterdir()):
        root = path / "config" if path.is_dir() else path
        _, _, hosts = root.read_text().partition("\n")[0].partition("# hosts: ")
        for host in hosts.split():
            yield path.name, host


def laid_out(name: str, tmp_path: Path) -> Path:
    """A copy in which `{folder}` is its own place and `{relative}` the same as seen from ~/.ssh."""
    copy = tmp_path / name
    (shutil.copytree if (CORPUS / name).is_dir() else shutil.copyfile)(CORPUS / name, copy)
    for file in [p for p in copy.rglob("*") if p.is_file()] if copy.is_dir() else [copy]:
        text = file.read_bytes().replace(b"{folder}", str(copy).encode())
        file.write_bytes(text.replace(b"{relative}", os.path.relpath(copy, HOME / ".ssh").encode()))
    return copy / "config" if copy.is_dir() else copy


def ssh_says(path: Path, host: str) -> dict[str, list[str]]:
    """The answer of the system's own client, by keyword."""
    done = subprocess.run(["ssh", "-G", "-F", str(path), host], capture_output=True, text=True, timeout=20)
    assert not done.returncode, done.stderr
    said: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition(" ")
        said.setdefault(key, []).append(value)
    return said


def expanded(text: str, said: dict[str, list[str]], name: str) -> str:
    """-G prints most values before tokens are put in; written here once more, not taken from what is tested."""
    machine = socket.gethostname()
    tokens = {
        "%%": "\0",
        "%h": said["hostname"][0],
        "%n": name,
        "%p": said["port"][0],
        "%r": said["user"][0],
        "%u": getpass.getuser(),
        "%d": str(HOME),
        "%i": str(os.getuid()),
        "%L": machine.split(".")[0],
        "%l": machine,
        "%k": said.get("hostkeyalias", [name])[0],
    }
    for token, value in tokens.items():
        text = text.replace(token, value)
    return text.replace("\0", "%")


def file(text: str, said: dict[str, list[str]], name: str) -> str:
    if text.startswith("~root/"):
        text = pwd.getpwnam("root").pw_dir + text.removeprefix("~root")
    return expanded(str(HOME) + text[1:] if text.startswith("~/") else text, said, name)


def hops(jump: str, said: dict[str, list[str]], name: str) -> list[tuple[str, str, int]]:
    return [split_hop(expanded(hop, said, name)) for hop in jump.split(",") if hop]


@pytest.mark.skipif(not shutil.which("ssh"), reason="no OpenSSH client here to compare with")
@pytest.mark.parametrize(("name", "target"), list(cases()))
def test_a_published_file_means_what_ssh_says(tmp_path: Path, name: str, target: str) -> None:
    path = laid_out(name, tmp_path)
    said = ssh_says(path, target)
    host = SshConfig(path, HOME, dict(os.environ), system=None, match_exec=True).host(target)

    assert (host.target, str(host.port), host.user or getpass.getuser()) == (
        said["hostname"][0],
        said["port"][0],
        said["user"][0],
    )
    theirs = [file(name, said, target) for name in said["identityfile"]]
    assert list(host.identities) == theirs or (not host.identities and {Path(f).name for f in theirs} <= USUAL)
    assert list(host.certificates) == [file(word, said, target) for word in said.get("certificatefile", [])]
    assert [split_hop(hop) for hop in host.jump] == hops(said.get("proxyjump", [""])[0], said, target)
    command = said.get("proxycommand", [""])[0]
    assert host.ssh_options.get("proxycommand", "") == expanded(command, said, target)
    assert host.host_key_alias == said.get("hostkeyalias", [""])[0]
    if host.known_hosts:
        both = f"{said['userknownhostsfile'][0]} {said['globalknownhostsfile'][0]}"
        kept = [file(word, said, target) for word in both.split() if word != "none"] or ["/dev/null"]
        assert " ".join(host.known_hosts) == " ".join(kept)
    else:
        assert said["globalknownhostsfile"] == ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"]


def test_the_corpus_is_worth_its_name() -> None:
    assert len(list(CORPUS.iterdir())) >= 40
    assert all([hosts for name, hosts in cases() if name == path.name] for path in CORPUS.iterdir())
