"""The agent reads what version 1 wrote, and refuses what a newer clawtui writes by saying which side to upgrade."""

import json
from pathlib import Path
from typing import Any

import pytest

from clawtui_agent.config import Config, ConfigWrong, Rings, load, parse
from clawtui_agent.ringfolder import NoRings
from clawtui_agent.top import BODY
from tests.agent.running import Line, agent, config
from tests.agent.test_history import means, opened
from tests.agent.test_hours import OLD_END, OLD_NAMES, OLD_RINGS, OLD_START, of_before
from tests.engine.test_versions import of_version

OLD = Path(__file__).parents[1] / "wire" / "v1"
UNKNOWN = "unknown request; there are live, watch, ping, range, top, reload, discover"


def test_a_configuration_of_version_one_is_read() -> None:
    read = load(str(OLD / "config.json"))
    assert read.rings == Rings()
    assert [service.unit for service in read.services] == ["bot.service"]
    assert read != Config()


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (2, "is of a newer clawtui, this agent reads 1: clawtui agent upgrade"),
        (0, "upgrade the clawtui that wrote it"),
        (None, "upgrade the clawtui that wrote it"),
        (True, "upgrade the clawtui that wrote it"),
    ],
)
def test_another_configuration_says_which_side_to_upgrade_whatever_else_it_holds(version: Any, words: str) -> None:
    with pytest.raises(ConfigWrong, match=words):
        parse({"version": version, "a key of tomorrow": 1})


def test_rings_of_version_one_are_gone_on_with(tmp_path: Path) -> None:
    history = opened(of_before(tmp_path / "state"), OLD_NAMES, OLD_END, **OLD_RINGS)
    history.write(OLD_END, [0.5, 0.5, 0.5])
    names = OLD_NAMES[:1]
    assert means(history, OLD_END - 1, OLD_END, names=names) == [pytest.approx(1499 / 3600), 0.5]
    assert means(history, OLD_START, OLD_START, tier="1m", names=names) == [pytest.approx(29.5 / 3600)]
    found = history.read_top(OLD_END)
    assert found is not None
    assert len(found[1]) == BODY
    assert history.notes == []


def test_rings_of_a_newer_agent_stay_as_they_are_and_are_said(tmp_path: Path) -> None:
    folder = of_before(tmp_path / "state")
    for path in folder.glob("*.ring"):
        of_version(path, 2)
    before = {path.name: path.read_bytes() for path in folder.glob("*.ring")}
    history = opened(folder, OLD_NAMES, OLD_END, **OLD_RINGS)
    assert [note for note in history.notes if "upgrade the agent of this host" in note]
    history.write(OLD_END, [0.5, 0.5, 0.5])
    history.close()
    assert {name: (folder / name).read_bytes() for name in before} == before
    (folder / "rings.json").write_text('{"version": 2, "segments": {}}')
    with pytest.raises(NoRings, match=r"rings.json: version 2 is of a newer agent.*upgrade the agent of this host"):
        opened(folder, OLD_NAMES, OLD_END, **OLD_RINGS)


def test_requests_of_version_one_with_unknown_fields_and_unknown_requests_are_answered(tmp_path: Path) -> None:
    with agent(config(tmp_path)), Line(str(tmp_path / "run" / "agent.sock")) as line:
        for number in range(5):
            line.send(forecast={"id": number, "days": 3})
            assert line.until("error") == {"id": number, "words": UNKNOWN}
        for text in (OLD / "requests.jsonl").read_text().splitlines():
            ((name, fields),) = json.loads(text).items()
            line.send(**{name: {**fields, "of tomorrow": [1]}})
            if name in ("ping", "range", "top"):
                assert line.until("pong" if name == "ping" else name)["id"] == fields["id"]
