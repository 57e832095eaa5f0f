"""Sixteen characters that name the agent's files."""

import hashlib
import shutil
from pathlib import Path

from clawtui_agent.digest import digest
from tests.agent.running import PACKAGE


def test_it_is_the_documented_sum(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.py").write_bytes(b"one")
    (tmp_path / "b" / "c.py").write_bytes(b"")
    (tmp_path / "b" / "note.txt").write_bytes(b"not counted")
    expected = hashlib.sha256(b"a.py\x003\x00one" + b"b/c.py\x000\x00").hexdigest()[:16]
    assert digest(str(tmp_path)) == expected


def test_compiled_files_do_not_change_it_and_a_changed_file_does(tmp_path: Path) -> None:
    copy = tmp_path / "clawtui_agent"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert digest(str(copy)) == digest(str(PACKAGE))
    (copy / "ring.py").write_text("# more")
    assert digest(str(copy)) != digest(str(PACKAGE))
