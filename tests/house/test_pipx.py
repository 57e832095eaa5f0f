"""`pipx install` of the wheel from a folder: offline, with what it depends on fetched by `pip download` before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clawtui.fleet.program.wheel import own_wheel

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
]  # fetches from the package index: not part of a newcomer's four minutes


def test_pipx_installs_it_from_a_folder_without_an_index(tmp_path: Path) -> None:
    folder, tools = tmp_path / "wheels", tmp_path / "tools"
    folder.mkdir()
    wheel = own_wheel(folder)
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    pip = [tools / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "pipx"], check=True)
    subprocess.run([*pip, "download", "--dest", folder, wheel, "pip"], check=True)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PIPX_HOME": str(tmp_path / "home"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
    }
    argv = [
        tools / "bin/pipx",
        "install",
        "--python",
        sys.executable,
        f"--pip-args=--no-index --find-links {folder}",
        wheel,
    ]
    done = subprocess.run([str(word) for word in argv], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = subprocess.run([tmp_path / "bin/clawtui", "version"], cwd="/", env=env, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert "textual" in said.stdout
