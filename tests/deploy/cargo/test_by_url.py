"""What lies in S3 comes to a host by a short-lived URL where the host gets through to it, else by way of this machine, once."""

import os
import urllib.request
from pathlib import Path

import pytest

from clawtui.deploy.artifacts import blobs_of
from clawtui.deploy.digests import Digests
from clawtui.deploy.plan import Blob
from clawtui.deploy.shelf.s3 import S3Shelf
from clawtui.deploy.shelved import put
from clawtui.deploy.spec import Artifact
from clawtui.errors import FarFailed
from tests.deploy.cargo.conftest import Dock

CONTENT = os.urandom(9_000_000)


@pytest.fixture
async def model(s3: S3Shelf, tmp_path: Path) -> Blob:
    (tmp_path / "model").write_bytes(CONTENT)
    await put(s3, "bot/model.onnx", tmp_path / "model")
    artifact = Artifact("model", "s3://shelf/bot/model.onnx")
    return (await blobs_of([artifact], Digests(tmp_path / "digests.json")))["model"]


async def test_a_host_that_gets_through_is_given_the_address_and_nobody_else(dock: Dock, model: Blob) -> None:
    said = list[str]()
    told = await dock.bring(dock.porter("a", model), "a", model, say=said.append)
    with urllib.request.urlopen(str(told["url"]), timeout=30) as answer:
        assert answer.read() == CONTENT
    assert said == ["model.onnx: the host fetches it itself"]
    assert not (dock.folder / "cache").exists()


async def test_other_hosts_get_it_from_here_and_it_comes_here_once(
    dock: Dock, model: Blob, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    porter = dock.porter("b", model)
    assert await dock.bring(porter, "b", model, say=said.append) == {}
    assert dock.stored("b", model).read_bytes() == CONTENT
    assert said[0].startswith("model.onnx: the host does not get through to s3://shelf/bot/model.onnx, so it goes")
    assert (dock.folder / "cache/blobs" / model.sha256).stat().st_size == len(CONTENT)


async def test_an_object_that_changed_since_it_was_planned_is_refused(dock: Dock, model: Blob, s3: S3Shelf) -> None:
    await s3.write("bot/model.onnx", CONTENT[::-1])
    with pytest.raises(FarFailed, match=r"b: s3://shelf/bot/model.onnx: bytes \S+ are not what its manifest"):
        await dock.bring(dock.porter("b", model), "b", model)


async def test_who_is_refused_there_is_told_so_for_the_host(
    dock: Dock, model: Blob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(FarFailed, match=r"a: s3://shelf/bot/model.onnx: the secret key does not belong") as refused:
        await dock.bring(dock.porter("a", model), "a", model)
    assert "X-Amz" not in str(refused.value)
