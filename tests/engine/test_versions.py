"""What version 1 wrote is read for good, and what a newer one writes is refused by saying which side to upgrade."""

import json
import struct
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from clawtui.errors import AgentError, FileFailed
from clawtui.fleet.context import load_fleet
from clawtui.history.actions import ActionLog
from clawtui.metrics.line import Numbers
from clawtui.metrics.ring import read_ring
from clawtui.metrics.sample import Key
from clawtui.metrics.wire import WireReader
from tests.agent.test_hours import OLD_END, OLD_START, of_before
from tests.agent.test_ring_reader import Files
from tests.engine.doubles import KINDS

OLD = Path(__file__).parents[1] / "wire" / "v1"
RECORDED = ("machine.jsonl", "tree.jsonl", "answers.jsonl", "range.jsonl", "top.jsonl")
UPGRADE_HERE = "upgrade clawtui here"


def of_tomorrow(line: Any) -> bytes:
    """The line with fields that nobody knows yet, at every depth where an object is."""
    if isinstance(line, dict):
        for value in list(line.values()):
            if isinstance(value, dict):
                value["of tomorrow"] = {"deep": [1, None]}
                for item in value.get("services", ()):
                    item["of tomorrow"] = "x"
        line["besides"] = 1
    return json.dumps(line).encode()


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("later", [False, True], ids=["as recorded", "with unknown fields"])
def test_every_line_of_an_agent_of_version_one_is_read(name: str, later: bool) -> None:
    reader = WireReader("a")
    for line in (OLD / name).read_bytes().splitlines():
        said = json.loads(line)
        told = reader.read(of_tomorrow(said) if later else line)
        assert isinstance(told, Numbers if isinstance(said, list) else KINDS[next(iter(said))])


def test_an_object_that_nobody_knows_yet_is_passed_over() -> None:
    assert WireReader("a").read(b'{"weather": {"at": 1, "sun": true}}') is None


def test_a_newer_agent_is_refused_in_words() -> None:
    with pytest.raises(AgentError, match=f"speaks protocol 2, .*{UPGRADE_HERE}"):
        WireReader("a").read(b'{"hello": {"protocol": 2, "columns": "of another shape"}}')


async def test_rings_of_version_one_are_read(tmp_path: Path) -> None:
    folder = of_before(tmp_path / "state")
    keys = [Key("host", "cpu.busy"), Key("mount:/data", "mount.free"), Key("mount:/new", "mount.free")]
    found = await read_ring(Files(), str(folder), keys, OLD_START, OLD_END - 1, 0)
    assert (found.tier, len(found.times)) == ("1m", 205)
    assert [value for value in found.mean[0] if value is None] == [None], "the minute in which nothing was written"
    assert [bool(value) for value in found.mean[1]].count(True) == 90
    assert found.high[2][-1] == OLD_END - OLD_START - 1
    newest = await read_ring(Files(), str(folder), keys, OLD_END - 60, OLD_END - 1, 0)
    assert newest.tier == "1s"
    assert newest.mean[2][-1] == OLD_END - OLD_START - 1


def of_version(path: Path, version: int) -> None:
    """Both headers of a ring say another version; all else stays whole."""
    raw = bytearray(path.read_bytes())
    place = raw.find(b"CLWR")
    while place >= 0:
        _, generation, length, _ = struct.unpack_from("<4sIII", raw, place)
        text = bytes(raw[place + 16 : place + 16 + length]).replace(b'"version":1', b'"version":%d' % version)
        raw[place : place + 16 + length] = struct.pack("<4sIII", b"CLWR", generation, length, crc32(text)) + text
        place = raw.find(b"CLWR", place + 16 + length)
    path.write_bytes(raw)


async def test_rings_of_a_newer_agent_are_refused_in_words(tmp_path: Path) -> None:
    folder = of_before(tmp_path / "state")
    for path in folder.glob("*.ring"):
        of_version(path, 2)
    with pytest.raises(FileFailed, match=f"1s-0001.ring: version 2 .*{UPGRADE_HERE}"):
        await read_ring(Files(), str(folder), [Key("host", "cpu.busy")], OLD_START, OLD_END, 0)
    (folder / "rings.json").write_text('{"version": 2, "segments": []}')
    with pytest.raises(FileFailed, match=f"rings.json: version 2 .*{UPGRADE_HERE}"):
        await read_ring(Files(), str(folder), [Key("host", "cpu.busy")], OLD_START, OLD_END, 0)


def test_a_fleet_file_of_version_one_is_read(tmp_path: Path) -> None:
    fleet = load_fleet(OLD / "fleet.toml", home=tmp_path, environ={})
    assert [host.name for host in fleet.hosts][:3] == ["bastion", "web-1", "gpu-01"]
    assert len(fleet.hosts) == 10


def test_actions_of_version_one_are_read_and_newer_ones_are_said(tmp_path: Path) -> None:
    path = tmp_path / "actions.jsonl"
    path.write_bytes((OLD / "actions.jsonl").read_bytes() + b'{"version": 2, "at": 7.5, "hosts": "of another shape"}\n')
    newer, *older = ActionLog(path, 10**6, syslog="/nowhere").last(10)
    assert [entry.outcome for entry in older] == ["2 ok", "begun"]
    assert (newer.at, newer.verb) == (7.5, "unread")
    assert UPGRADE_HERE in newer.note
