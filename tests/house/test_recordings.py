"""No version is raised without a folder that holds what that version writes: those after it are tested by what lies there."""

import re
from pathlib import Path

import pytest

import clawtui_agent
from clawtui.fleet.inventory import toml
from clawtui.history import actions
from clawtui.metrics import ring, wire
from clawtui_agent import config, ringfolder, segment

WIRE = Path(__file__).parents[1] / "wire"
VERSIONS = {
    # what: its version, and what of it a folder holds
    "lines, as the engine reads them": (wire.PROTOCOL, ("machine.jsonl", "tree.jsonl", "answers.jsonl", "range.jsonl")),
    "lines, as the agent writes them": (clawtui_agent.PROTOCOL, ("top.jsonl", "requests.jsonl")),
    "rings, as the engine reads them": (ring.VERSION, ("rings/rings.json",)),
    "rings, as the agent writes them": (segment.VERSION, ("rings/1s-0001.ring.gz", "rings/1m-0001.ring.gz")),
    "index of rings": (ringfolder.VERSION, ("rings/rings.json",)),
    "the agent's configuration": (config.VERSION, ("config.json",)),
    "fleet files": (toml.VERSION, ("fleet.toml",)),
    "actions": (actions.VERSION, ("actions.jsonl",)),
}


@pytest.mark.parametrize("what", VERSIONS)
def test_what_a_version_writes_was_recorded(what: str) -> None:
    version, files = VERSIONS[what]
    for number in range(1, version + 1):
        missing = [name for name in files if not (WIRE / f"v{number}" / name).is_file()]
        assert missing == [], f"{what} have version {version}: record tests/wire/v{number}/ with {', '.join(missing)}"


def test_both_sides_speak_one_version_and_the_page_says_which() -> None:
    assert wire.PROTOCOL == clawtui_agent.PROTOCOL
    assert ring.VERSION == segment.VERSION
    assert (
        (WIRE / "README.md").read_text().startswith(f"# The wire between agent and engine, protocol {wire.PROTOCOL}\n")
    )


def test_a_recording_says_its_own_version() -> None:
    for folder in WIRE.glob("v*"):
        number = folder.name.removeprefix("v")
        said = set(re.findall(r'"protocol": ?(\d+)', (folder / "machine.jsonl").read_text()))
        assert said == {number}, f"{folder.name}/machine.jsonl is of protocol {said}"
