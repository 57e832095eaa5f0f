"""What service.toml says of large files becomes blobs; a digest that is said in two places must be the same."""

import hashlib
from pathlib import Path

import pytest

from clawtui.deploy.artifacts import blobs_of, shelf_of
from clawtui.deploy.digests import Digests
from clawtui.deploy.plan import Blob
from clawtui.deploy.shelf.local import LocalShelf
from clawtui.deploy.shelved import put
from clawtui.deploy.spec import Artifact
from clawtui.errors import ConfigError

MODEL = b"weights"
SHA256 = hashlib.sha256(MODEL).hexdigest()


@pytest.fixture
def digests(tmp_path: Path) -> Digests:
    return Digests(tmp_path / "digests.json")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(MODEL)
    return tmp_path / "model.onnx"


async def test_a_file_here_is_hashed(model: Path, digests: Digests) -> None:
    found = await blobs_of([Artifact("model", str(model))], digests)
    assert found == {"model": Blob(SHA256, 7, "model.onnx", str(model))}


async def test_another_digest_than_the_spec_says_is_refused(model: Path, digests: Digests) -> None:
    with pytest.raises(ConfigError, match=r"model.onnx: has the sha256 .*… and service.toml says abababababab…; which"):
        await blobs_of([Artifact("model", str(model), "ab" * 32)], digests)


async def test_a_file_that_its_own_manifest_does_not_know_any_more_is_refused(model: Path, digests: Digests) -> None:
    await put(LocalShelf(str(model.parent)), "shared.onnx", model)
    shared = model.with_name("shared.onnx")
    assert (await blobs_of([Artifact("m", str(shared))], digests))["m"].sha256 == SHA256
    shared.write_bytes(b"WEIGHTS")
    with pytest.raises(ConfigError, match="and the manifest beside it says"):
        await blobs_of([Artifact("m", str(shared))], digests)


async def test_a_file_that_is_not_here_is_named(tmp_path: Path, digests: Digests) -> None:
    with pytest.raises(ConfigError, match=r"missing.onnx: cannot be read: No such file"):
        await blobs_of([Artifact("m", str(tmp_path / "missing.onnx"))], digests)


def test_an_address_names_a_shelf_and_a_key() -> None:
    shelf, key = shelf_of("s3://models/bot/v2/model.onnx")
    assert (shelf.name, key) == ("s3://models", "bot/v2/model.onnx")
    shelf, key = shelf_of("/data/model.onnx")
    assert (shelf.name, key) == ("/data", "model.onnx")
