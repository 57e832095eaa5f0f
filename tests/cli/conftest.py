"""A host on loopback for every test that wants one."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.places import Places
from tests.cli.sshd import Sshd, sshd


@pytest.fixture
def host() -> Iterator[Sshd]:
    """A real sshd; not in pytest's own folder, which every run of pytest closes to others."""
    with tempfile.TemporaryDirectory(prefix="clawtui-host-") as folder, sshd(Path(folder)) as running:
        yield running


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """The operator's own folders."""
    return Places.of({"HOME": str(tmp_path / "operator")})
