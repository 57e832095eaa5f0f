"""Completion in the real shells: verbs, flags, hosts, groups and contexts; names that a shell would expand are not offered."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from clawtui.cli import VERBS
from tests.cli.terminal import CLAWTUI, clawtui, environment

FLEET = """version = 1
[context]
name = "c"
[[host]]
name = "web-1"
groups = ["web"]
aliases = ["w1"]
[[host]]
name = "web-2"
"""
ABSENT = "is not installed here: apt-get install zsh fish"


def needs(shell: str) -> list[pytest.MarkDecorator]:
    """Its own name as a parameter's mark."""
    return [pytest.mark.may_skip(f"{shell} {ABSENT}"), pytest.mark.skipif(not shutil.which(shell), reason=ABSENT)]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home with a fleet, and `clawtui` on the path."""
    (tmp_path / "fleet.toml").write_text(FLEET)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "clawtui").write_text(f'#!/bin/sh\nexec {" ".join(CLAWTUI)} "$@"\n')
    (folder / "clawtui").chmod(0o755)
    made = environment(tmp_path, CLAWTUI_FLEET=f"{tmp_path}/fleet.toml")
    return made | {"PATH": f"{folder}:{made['PATH']}"}


def bash(env: dict[str, str], *words: str) -> list[str]:
    """What tab offers for the last word."""
    typed = " ".join(f"'{word}'" for word in words)
    line = f'eval "$(clawtui completion bash)"; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _clawtui'
    done = subprocess.run(
        ["bash", "-c", f'{line}; printf "%s\\n" "${{COMPREPLY[@]}}"'], capture_output=True, text=True, env=env
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", *(pytest.param(name, marks=needs(name)) for name in ("zsh", "fish"))])
def test_the_script_is_one_that_its_shell_accepts(tmp_path: Path, shell: str) -> None:
    script = clawtui(tmp_path, "completion", shell).stdout.decode()
    assert all(verb in script for verb in VERBS)
    checked = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
    assert checked.stderr == ""


def test_bash_completes_verbs_flags_hosts_and_groups(env: dict[str, str]) -> None:
    assert bash(env, "clawtui", "do") == ["doctor"]
    assert bash(env, "clawtui", "run", "--con") == ["--confirm", "--context"]
    assert bash(env, "clawtui", "run", "we") == ["web-1", "web-2"]
    assert bash(env, "clawtui", "run", "--timeout", "5", "@") == ["@web"]
    assert bash(env, "clawtui", "run", "web-1,w1") == ["web-1,w1"]
    assert bash(env, "clawtui", "agent", "st") == ["status"]
    assert bash(env, "clawtui", "agent", "status", "web-2") == ["web-2"]


def test_bash_leaves_the_far_command_alone(env: dict[str, str]) -> None:
    assert bash(env, "clawtui", "run", "web-1", "--", "we") == []


def test_contexts_are_completed_and_narrow_the_hosts(env: dict[str, str], tmp_path: Path) -> None:
    del env["CLAWTUI_FLEET"]
    folder = tmp_path / ".config/clawtui/contexts"
    folder.mkdir(parents=True)
    for name in ("eu", "us"):
        (folder / f"{name}.toml").write_text(f'version = 1\n[context]\nname = "{name}"\n[[host]]\nname = "{name}-1"\n')
    assert bash(env, "clawtui", "--context", "") == ["eu", "us"]
    assert bash(env, "clawtui", "--context", "us", "doctor", "") == ["us-1"]


def test_a_name_that_a_shell_would_expand_is_not_offered(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text('Host "bad$(touch${IFS}boom)" good\n')
    (tmp_path / "fleet.toml").write_text('version = 1\n[[ssh_config]]\nfile = "~/.ssh/config"\nhosts = ["*"]\n')
    assert bash(env, "clawtui", "doctor", "") == ["good"]
    assert not list(tmp_path.rglob("boom"))


def test_a_fleet_file_with_a_mistake_offers_nothing_and_says_nothing(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text("version = ")
    assert bash(env, "clawtui", "doctor", "") == []


@pytest.mark.may_skip(f"fish {ABSENT}")
@pytest.mark.skipif(not shutil.which("fish"), reason=ABSENT)
def test_fish_completes_verbs_flags_and_hosts(env: dict[str, str]) -> None:
    def fish(typed: str) -> list[str]:
        line = f"clawtui completion fish | source; complete -C '{typed}'"
        done = subprocess.run(["fish", "--no-config", "-c", line], capture_output=True, text=True, env=env)
        return [offer.split("\t")[0] for offer in done.stdout.splitlines()]

    assert fish("clawtui doc") == ["doctor"]
    assert {"web-1", "web-2", "@web"} <= set(fish("clawtui doctor "))
    assert "--timeout" in fish("clawtui run --ti")


@pytest.mark.may_skip(f"zsh {ABSENT}")
@pytest.mark.skipif(not shutil.which("zsh"), reason=ABSENT)
def test_zsh_completes_verbs_and_hosts(env: dict[str, str]) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.execve(shutil.which("zsh") or "", ["zsh", "-f", "-i"], env | {"TERM": "xterm", "PS1": "> "})
    try:
        typed = "autoload -U compinit; compinit -u -D; eval \"$(clawtui completion zsh)\"; echo re''ady\n"
        os.write(terminal, typed.encode())
        _until(terminal, b"\nready")
        os.write(terminal, b"clawtui doct\t")
        _until(terminal, b"clawtui doctor")
        os.write(terminal, b"web-\t\t")
        _until(terminal, b"web-1", b"web-2")
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(terminal)


def _until(terminal: int, *words: bytes) -> None:
    seen, end = b"", time.monotonic() + 20
    while not all(word in seen.replace(b"\r", b"") for word in words):
        ready, _, _ = select.select([terminal], [], [], end - time.monotonic())
        assert ready, seen
        seen += os.read(terminal, 4096)
