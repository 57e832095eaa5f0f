"""The unit of a release: its command reaches the program word by word as it was written."""

from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.deploy.render import unit, values
from clawtui.deploy.spec import Run
from clawtui.deploy.unit_words import line, word
from tests.deploy import sites
from tests.deploy.test_timers import verified

ODD = """/bin/echo '{"a": "b\\n"}' "it's 50%" '$HOME' a\\ b ';' {shared} {{x}}"""


def text(run: Run) -> str:
    spec = replace(sites.spec(), run=run)
    return unit(spec, run, "r1", values(spec, "r1", "/usr/bin/python3", 0, {}))


def test_every_word_stays_one_and_means_itself() -> None:
    (found,) = [line for line in text(Run(ODD, "bot")).splitlines() if line.startswith("ExecStart=")]
    words = """/bin/echo "{\\"a\\": \\"b\\\\n\\"}" "it's 50%%" "$$HOME" "a b" ";" /srv/clawtui/bot/shared "{x}\""""
    assert found == f"ExecStart={words}"


def test_no_value_begins_a_line_of_its_own() -> None:
    run = Run("/bin/true", "bot", env={"A": 'x"\nExecStartPre=+/bin/sh', "B": "plain", "C": "$x %n"})
    lines = [line for line in text(run).splitlines() if line.startswith(("Environment", "ExecStartPre"))]
    assert lines == [
        'Environment="A=x\\"\\nExecStartPre=+/bin/sh"',
        "Environment=B=plain",
        'Environment="C=$x %%n"',
    ]


@pytest.mark.root
def test_systemd_takes_it_without_a_word(tmp_path: Path) -> None:
    made = text(Run(ODD, "daemon", env={"A": 'x"\n%'}, memory=1 << 30, cpu=1.5)).replace("User=daemon", "User=root")
    made = made.replace("WorkingDirectory=/srv/clawtui/bot/releases/r1/app", "WorkingDirectory=/")
    assert verified({"/x/clawtui-bot@r1.service": made}, tmp_path) == ""


def test_plain_words_need_no_quotes() -> None:
    assert (
        line(("/usr/bin/python3", "-m", "uvicorn", "app:app", "--uds=/x/y.sock"))
        == "/usr/bin/python3 -m uvicorn app:app --uds=/x/y.sock"
    )
    assert word("") == '""'
