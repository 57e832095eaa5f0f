"""Where sockets lie: short enough for a socket, in a folder that is ours alone."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.errors import ConfigError
from clawtui.places import LONGEST, Places, private_folder, socket_folder

NAME = "rollout-0123456789abcdef.sock"


@pytest.fixture
def spot() -> Iterator[Path]:
    """A free name in /tmp."""
    path = Path("/tmp") / f"clawtui-places-{os.getpid()}"
    yield path
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        path.rmdir()


def test_without_a_runtime_directory_sockets_lie_below_tmp_and_never_in_a_home_that_hosts_may_share() -> None:
    short = Path(f"/tmp/clawtui-{os.getuid()}")
    assert Places.of({"HOME": "/home/ana"}).runtime == short
    assert Places.of({"HOME": "/home/ana", "XDG_RUNTIME_DIR": ""}).runtime == short
    assert Places.of({"HOME": "/home/ana", "XDG_RUNTIME_DIR": "run"}).runtime == short
    assert Places.of({"HOME": "/home/ana", "XDG_RUNTIME_DIR": "/run/user/7"}).runtime == Path("/run/user/7/clawtui")


@pytest.mark.parametrize("depth", [0, 1, 2, 40, 120])
def test_a_socket_can_be_bound_however_deep_the_runtime_folder_lies(tmp_path: Path, depth: int) -> None:
    folder = socket_folder(tmp_path / ("d" * depth), NAME)
    path = folder / NAME
    assert len(os.fsencode(path)) <= LONGEST
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
    path.unlink()


def test_a_folder_is_made_for_its_owner_alone_and_closed_again_where_it_stood_open(spot: Path) -> None:
    assert stat.S_IMODE(private_folder(spot).stat().st_mode) == 0o700
    spot.chmod(0o755)
    assert stat.S_IMODE(private_folder(spot).stat().st_mode) == 0o700


def test_a_folder_that_others_could_write_to_is_refused_by_name(spot: Path) -> None:
    spot.mkdir()
    spot.chmod(0o777)
    with pytest.raises(ConfigError, match=f"{spot}: must be a folder of yours"):
        private_folder(spot)


def test_a_link_that_somebody_placed_there_is_not_followed(spot: Path, tmp_path: Path) -> None:
    spot.symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="nobody else writes"):
        private_folder(spot)


def test_a_file_in_its_place_is_said(spot: Path) -> None:
    spot.touch()
    with pytest.raises(ConfigError, match="is a file"):
        private_folder(spot)


@pytest.mark.root
def test_a_folder_of_somebody_else_is_refused(spot: Path) -> None:
    spot.mkdir(mode=0o700)
    os.chown(spot, 65534, 65534)
    with pytest.raises(ConfigError, match="must be a folder of yours"):
        private_folder(spot)
