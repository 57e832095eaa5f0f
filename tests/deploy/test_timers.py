"""Units that delete and renew, as real systemd reads them and as real find does it."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from clawtui.deploy import timers
from clawtui.deploy.spec import CleanUp, Tls
from tests.deploy import sites

ODD = CleanUp('/data/50% of $HOME/it\'s "x"', 3600, '*.t"m$p%n')


def verified(texts: dict[str, str], folder: Path) -> str:
    for path, text in texts.items():
        (folder / Path(path).name).write_text(text)
    argv = ["systemd-analyze", "verify", *(str(folder / Path(path).name) for path in texts)]
    env = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in done.stderr.splitlines() if "clawtui" in line)


@pytest.mark.root
def test_systemd_takes_them_without_a_word(tmp_path: Path) -> None:
    spec = sites.spec(Tls.ACME, clean_up=(CleanUp("tmp", 7 * 86400, "*.tmp"), ODD))
    assert verified({**timers.clean_up(spec), **timers.renewal(spec)}, tmp_path) == ""


def test_nothing_is_written_where_nothing_is_cleaned() -> None:
    assert timers.clean_up(sites.spec()) == {}


def test_only_what_matches_and_is_old_goes_and_no_link_is_followed(tmp_path: Path) -> None:
    shared, away = tmp_path / "shared/tmp", tmp_path / "away"
    (shared / "deep").mkdir(parents=True)
    away.mkdir()
    for path in (shared / "old.tmp", shared / "deep/old.tmp", shared / "old.txt", away / "old.tmp", shared / "new.tmp"):
        path.write_text("x")
        if path.name != "new.tmp":
            os.utime(path, (1_700_000_000, 1_700_000_000))
    (shared / "link").symlink_to(away)
    text = timers.clean_up(sites.spec(clean_up=(CleanUp(str(shared), 3600, "*.tmp"),)))
    command = next(line for line in next(iter(text.values())).splitlines() if line.startswith("ExecStart=-"))
    subprocess.run(shlex.split(command.removeprefix("ExecStart=-")), check=True, capture_output=True)
    assert sorted(path.name for path in shared.rglob("*") if path.is_file()) == ["new.tmp", "old.txt"]
    assert (away / "old.tmp").exists()
