"""One S3 server for all tests of this folder, and a shelf on each kind of place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.deploy.shelf.local import LocalShelf
from clawtui.deploy.shelf.s3 import S3Shelf
from clawtui.deploy.shelf_port import Shelf
from tests.deploy.shelf.s3_server import PROGRAM, S3Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Started once."""
    if not PROGRAM:
        pytest.skip("no juicefs for this processor")
    started = S3Server(tmp_path_factory.mktemp("s3")).start()
    yield started
    started.stop()


@pytest.fixture
def s3(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Shelf:
    """Its bucket, with the right keys."""
    for key, value in server.environ.items():
        monkeypatch.setenv(key, value)
    return S3Shelf("shelf")


@pytest.fixture(params=["local", "s3"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """One and the same test on each kind."""
    return request.getfixturevalue("s3") if request.param == "s3" else LocalShelf(str(tmp_path / "shelf"))
