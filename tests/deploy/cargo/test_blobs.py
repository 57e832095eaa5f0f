"""A blob arrives whole or goes on where it was cut; what is there already is not sent; each failure is a sentence."""

import asyncio
import fcntl
import hashlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.deploy import blobs
from clawtui.deploy.pace import Moved
from clawtui.deploy.plan import Blob
from clawtui.errors import FarFailed, LinkLost
from tests.deploy.cargo.conftest import Dock

SIZE = 24_000_000
PATIENT_S = 60.0


def blob_of(path: Path, content: bytes) -> Blob:
    path.write_bytes(content)
    return Blob(hashlib.sha256(content).hexdigest(), len(content), path.name, str(path))


@pytest.fixture
def model(tmp_path: Path) -> Blob:
    return blob_of(tmp_path / "model.onnx", os.urandom(SIZE))


class Heard:
    """Progress as it was told."""

    def __init__(self) -> None:
        self.one: list[Moved] = []
        self.all: list[Moved] = []
        self.under_way = asyncio.Event()

    def __call__(self, one: Moved, all_: Moved) -> None:
        self.one.append(one)
        self.all.append(all_)
        if one.done > one.size // 4:
            self.under_way.set()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk of ours that gives the first half and then hangs until it is set: else all may be there before the line is cut."""
    goes_on, pread = threading.Event(), os.pread

    def held(handle: int, size: int, offset: int) -> bytes:
        if offset > SIZE // 2:
            goes_on.wait(PATIENT_S)
        return pread(handle, size, offset)

    monkeypatch.setattr(os, "pread", held)
    monkeypatch.setattr(blobs, "TELL_S", 0.0)  # told of every piece: the test waits for one
    yield goes_on
    goes_on.set()


async def test_a_blob_arrives_whole_and_the_second_time_costs_one_look(dock: Dock, model: Blob) -> None:
    heard, said = Heard(), list[str]()
    porter = dock.porter("a", model, tell=heard)
    assert await dock.bring(porter, "a", model, say=said.append) == {}
    assert dock.stored("a", model).read_bytes() == Path(model.source).read_bytes()
    assert (heard.one[0].done, heard.one[-1].done, said[-1]) == (0, SIZE, "model.onnx: 24.0 MB of 24.0 MB")
    dock.runner = Path("/nowhere")  # nothing is started any more
    assert await dock.bring(dock.porter("a", model), "a", model) == {}


async def test_an_empty_blob_arrives_too(dock: Dock, tmp_path: Path) -> None:
    empty = blob_of(tmp_path / "empty", b"")
    await dock.bring(dock.porter("a", empty), "a", empty)
    assert dock.stored("a", empty).read_bytes() == b""


async def test_a_place_may_have_any_name(dock: Dock, tmp_path: Path) -> None:
    dock.folder = dock.folder / "with space; $(false)"
    tokens = blob_of(tmp_path / "tokens", os.urandom(1000))
    for _ in range(2):
        assert await dock.bring(dock.porter("a", tokens), "a", tokens) == {}
    assert dock.stored("a", tokens).stat().st_size == 1000


async def test_a_line_that_is_cut_is_gone_on_with_at_what_has_arrived(
    dock: Dock, model: Blob, disk: threading.Event
) -> None:
    heard = Heard()
    porter = dock.porter("a", model, tell=heard)
    bringing = asyncio.create_task(dock.bring(porter, "a", model))
    async with asyncio.timeout(PATIENT_S):
        await heard.under_way.wait()
    dock.servers["a"].signal(signal.SIGKILL, listener=False)
    disk.set()
    with pytest.raises(LinkLost, match=r"a: model.onnx: .*what has arrived is kept, and the same call goes on"):
        await bringing
    await dock.connections.drop(dock.hosts["a"])
    heard.one.clear()
    await dock.bring(porter, "a", model)
    assert heard.one[0].done > 0
    assert dock.stored("a", model).read_bytes() == Path(model.source).read_bytes()
    assert not dock.partial("a", model).exists()


async def test_bytes_that_are_on_their_way_by_somebody_else_are_waited_for(dock: Dock, model: Blob) -> None:
    part = dock.partial("a", model)
    part.parent.mkdir(parents=True)
    said = list[str]()
    with part.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        bringing = asyncio.create_task(dock.bring(dock.porter("a", model), "a", model, say=said.append))
        async with asyncio.timeout(PATIENT_S):
            while not any("somebody else" in line for line in said):
                await asyncio.sleep(0.01)
    await bringing
    assert dock.stored("a", model).stat().st_size == SIZE


async def test_a_file_that_changed_after_it_was_planned_is_thrown_away_there(dock: Dock, model: Blob) -> None:
    Path(model.source).write_bytes(os.urandom(SIZE))
    with pytest.raises(FarFailed, match=rf"model.onnx: .*not {model.sha256}; they were thrown away"):
        await dock.bring(dock.porter("a", model), "a", model)
    Path(model.source).write_bytes(b"short")
    with pytest.raises(FarFailed, match=r"model.onnx: .*5 of 24000000 bytes arrived"):
        await dock.bring(dock.porter("a", model), "a", model)
    Path(model.source).unlink()
    with pytest.raises(FarFailed, match=r"model.onnx cannot be read here: No such file"):
        await dock.bring(dock.porter("a", model), "a", model)


async def test_a_runner_that_is_not_there_is_said_in_the_hosts_words(dock: Dock, model: Blob) -> None:
    dock.runner = Path("/nowhere.pyz")
    with pytest.raises(FarFailed, match=r"model.onnx: .*/nowhere.pyz.*No such file"):
        await dock.bring(dock.porter("a", model), "a", model)


async def test_a_frozen_host_keeps_nobody_from_theirs(dock: Dock, model: Blob, disk: threading.Event) -> None:
    heard = Heard()
    link = await dock.link("a")
    frozen = dock.porter("a", model, tell=heard)
    bringing = asyncio.create_task(frozen.bring(link, dock.rights("a"), model.sha256))
    async with asyncio.timeout(PATIENT_S):
        await heard.under_way.wait()
    dock.servers["a"].signal(signal.SIGSTOP)
    disk.set()
    try:
        await dock.bring(dock.porter("b", model), "b", model)
        assert dock.stored("b", model).stat().st_size == SIZE
        with pytest.raises(LinkLost):
            await bringing
    finally:
        dock.servers["a"].signal(signal.SIGCONT)


async def test_all_hosts_together_are_told_of_too(dock: Dock, model: Blob, tmp_path: Path) -> None:
    heard = Heard()
    other = blob_of(tmp_path / "tokens", os.urandom(1000))
    porter = dock.porter("a", model, other, tell=heard)
    await asyncio.gather(dock.bring(porter, "a", model), dock.bring(porter, "a", other))
    assert (heard.all[-1].done, heard.all[-1].size) == (SIZE + 1000, SIZE + 1000)


@pytest.mark.root
async def test_a_full_disk_says_path_and_bytes_and_what_has_come_is_kept(
    dock: Dock, model: Blob, tmp_path: Path
) -> None:
    small = dock.place("a").parent
    small.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", small], check=True)
    try:
        (small / "ballast").write_bytes(bytes(40_000_000))
        with pytest.raises(FarFailed, match=rf"a: model.onnx: {small}/\S+: no room for {SIZE} bytes") as full:
            await dock.bring(dock.porter("a", model), "a", model)
        assert full.value.code == "nospace"
        (small / "ballast").unlink()
        await dock.bring(dock.porter("a", model), "a", model)
        assert dock.stored("a", model).stat().st_size == SIZE
    finally:
        subprocess.run(["umount", small], check=True)
