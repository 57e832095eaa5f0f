"""What is typed wrongly ends with one sentence and the right code; what is typed rightly loads little."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import CLAWTUI, clawtui, environment

HEAVY = ("textual", "rich", "asyncssh", "msgspec", "plotext", "psutil", "asyncio")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("statsu",), 64, "no verb 'statsu'; did you mean status"),
        (("status", "--wait", "soon"), 64, "argument --wait: invalid float value: 'soon'; see clawtui status --help"),
        (("run", "all"), 64, "no command; write clawtui run SELECTOR -- COMMAND"),
        (("hosts", "--nonsense"), 64, "unrecognized arguments: --nonsense"),
        (("hosts", "--pick", "web*"), 64, "--pick PATTERNS and --write NAME go together"),
        (("hosts", "--fleet", "/no/such.toml"), 78, "no such fleet file"),
        (("hosts",), 78, "there is no fleet file yet"),
        (("status",), 78, "there is no fleet file yet"),
        (("--context", "nowhere", "hosts"), 78, "'nowhere'"),
        (("trust", "all", "--yes"), 64, "--yes alone vouches for nothing"),
        (("trust", "all", "--fingerprint", "aa:bb"), 64, "begins with SHA256:"),
        (("agent", "replace", "all"), 64, "invalid choice: 'replace'"),
    ],
)
def test_a_mistake_is_one_sentence_and_its_code(
    tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = clawtui(tmp_path, *words)
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert sentence in said
    assert "Traceback" not in said
    assert done.stdout == b""


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("hosts", "--help"), ("run", "--help"), ("config",)])
def test_small_things_import_nothing_heavy(tmp_path: Path, words: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom clawtui.cli.dispatch import dispatch\nimport os\n"
        "try: dispatch(sys.argv[1:], os.environ)\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, env=environment(tmp_path)
    )
    heavy = ("asyncio", "msgspec") if words[0] == "run" else ()
    assert [name for name in json.loads(done.stderr.replace("'", '"')) if name not in heavy] == []


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.toml"
    fleet.write_text('version = 1\n[context]\nname = "big"\n[[host]]\nnames = "web-[0001:5000]"\n')
    line = " ".join([*CLAWTUI, "--fleet", str(fleet), "hosts"]) + " | head -n 1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment(tmp_path))
    assert done.stdout.startswith("NAME")
    assert done.stderr == ""


def test_our_own_fault_is_code_70_and_its_traceback_goes_to_the_log(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom clawtui.cli import dispatch\n"
        "def broken(*_): raise RuntimeError('boom')\ndispatch._verb = broken\n"
        "sys.exit(dispatch.dispatch(['status'], os.environ))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(tmp_path))
    assert done.returncode == 70
    assert done.stderr.count("\n") == 1
    assert "boom" in (tmp_path / ".local/state/clawtui/log").read_text()
