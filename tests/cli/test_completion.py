"""Completion scripts that their shells accept."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import CLAWTUI, clawtui, environment


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_every_verb(tmp_path: Path, shell: str) -> None:
    script = clawtui(tmp_path, "completion", shell).stdout.decode()
    assert "doctor" in script
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
        assert checked.stderr == ""


def test_bash_completes_hosts_of_the_fleet(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(
        'version = 1\n[context]\nname = "c"\n[[host]]\nname = "web-1"\n[[host]]\nname = "web-2"\n'
    )
    script = clawtui(tmp_path, "completion", "bash").stdout.decode()
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "clawtui").write_text(f'#!/bin/sh\nexec {" ".join(CLAWTUI)} "$@"\n')
    (bin_ / "clawtui").chmod(0o755)
    env = environment(tmp_path, CLAWTUI_FLEET=f"{tmp_path}/fleet.toml")
    env["PATH"] = f"{bin_}:{env['PATH']}"
    line = script + '\nCOMP_WORDS=(clawtui run web); COMP_CWORD=2; _clawtui; echo "${COMPREPLY[@]}"'
    assert subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=env).stdout.split() == [
        "web-1",
        "web-2",
    ]
