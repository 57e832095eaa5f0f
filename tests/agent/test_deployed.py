"""What clawtui deployed is watched without being configured: it appears, moves with its release, and goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clawtui_agent.config import Config, Service
from clawtui_agent.deployed import Deployed
from tests.agent.running import Line, agent, config


def deploy(root: Path, service: str, **words: object) -> Path:
    """As the far runner writes it: beside, then renamed."""
    folder = root / service
    folder.mkdir(parents=True, exist_ok=True)
    instance = {
        "unit": f"clawtui-{service}@r-1.service",
        "cgroup": "",
        "metrics": "",
        "probe": "",
        "socket": "",
        **words,
    }
    part = folder / "part"
    part.write_text(json.dumps({"version": 1, "service": service, "release": "r-1", "instances": [instance]}))
    part.chmod(0o644)
    return part.rename(folder / "current.json")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "srv"


def test_what_is_deployed_becomes_a_service(root: Path) -> None:
    deployed = Deployed()
    assert not deployed.changed(str(root))
    deploy(root, "bot", metrics="unix:/run/bot.sock:/metrics")
    assert deployed.changed(str(root))
    assert deployed.services == (Service("bot", "clawtui-bot@r-1.service", metrics="unix:/run/bot.sock:/metrics"),)
    assert not deployed.changed(str(root))
    deploy(root, "bot", unit="clawtui-bot@r-2.service")
    assert deployed.changed(str(root))
    assert deployed.services[0].unit == "clawtui-bot@r-2.service"


def test_what_the_configuration_names_stays_as_it_says(root: Path) -> None:
    deploy(root, "bot")
    deploy(root, "model")
    deployed = Deployed()
    deployed.changed(str(root))
    own = Service("bot", unit="mine.service")
    assert [s.unit for s in deployed.added_to(Config(services=(own,))).services] == [
        "mine.service",
        "clawtui-model@r-1.service",
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version":2}', '{"version":1,"service":"a b","instances":[]}', '{"version":1}']
)
def test_a_file_that_is_none_of_ours_is_said_and_costs_nothing_else(root: Path, text: str) -> None:
    deploy(root, "bot")
    bad = deploy(root, "zzz")
    bad.write_text(text)
    deployed = Deployed()
    deployed.changed(str(root))
    assert [service.name for service in deployed.services] == ["bot"]
    assert deployed.notes[0].startswith(f"{bad}: ")


def test_an_address_that_cannot_be_asked_is_none(root: Path) -> None:
    deploy(root, "bot", metrics="https://elsewhere.example/metrics", probe=7)
    deployed = Deployed()
    deployed.changed(str(root))
    assert (deployed.services[0].metrics, deployed.services[0].probe) == ("", None)


def test_a_file_that_others_can_write_is_not_read(root: Path) -> None:
    deploy(root, "bot").chmod(0o666)
    deployed = Deployed()
    assert not deployed.changed(str(root))


def names(line: Line, wanted: list[str]) -> None:
    """Wait for a hello line that names just these."""
    while [service["name"] for service in line.until("hello")["services"]] != wanted:
        pass


def test_a_running_agent_follows_a_rollout_without_being_told(root: Path, tmp_path: Path) -> None:
    path = config(tmp_path, releases=str(root))
    with agent(path), Line(str(tmp_path / "run/agent.sock"), 30) as line:
        line.send(live={"every": 1})
        names(line, [])
        file = deploy(root, "bot")
        names(line, ["bot"])
        file.unlink()
        names(line, [])
