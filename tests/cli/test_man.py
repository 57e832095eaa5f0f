"""The manual page: made from the verbs themselves, without a word that groff stumbles over."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from clawtui.cli import VERBS
from tests.cli.terminal import clawtui

ABSENT = "groff is not installed here"


def test_the_page_has_every_verb_and_its_flags(tmp_path: Path) -> None:
    page = clawtui(tmp_path, "man").stdout.decode()
    for verb in VERBS:
        assert f".SS clawtui {verb}" in page
    assert "\\-\\-timeout" in page
    assert "EXIT STATUS" in page


@pytest.mark.may_skip(ABSENT)
@pytest.mark.skipif(not shutil.which("groff"), reason=ABSENT)
def test_groff_sets_it_without_a_warning(tmp_path: Path) -> None:
    page = clawtui(tmp_path, "man", "--roff").stdout
    done = subprocess.run(["groff", "-Kutf8", "-man", "-Tutf8", "-ww", "-P-c"], input=page, capture_output=True)
    assert done.stderr == b""
    shown = re.sub(".\x08", "", done.stdout.decode())  # bold is a letter struck twice
    assert "clawtui run [flags] SELECTOR -- COMMAND" in shown
    assert "…" in shown or "..." in shown
