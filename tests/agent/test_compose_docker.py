"""A real dockerd, a real `docker-compose` 1.29, real containers in real cgroups: the project as the agent sees it."""

import os
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clawtui_agent import compose
from clawtui_agent.config import Config, Service
from clawtui_agent.find import Found, find
from clawtui_agent.loop import Loop
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.world import World
from tests.agent.test_compose import PROGRAM

pytestmark = [pytest.mark.root, pytest.mark.slow]
FILE = """
version: "3"
services:
  web: {image: "busybox:test", command: sleep 600, network_mode: none, stop_grace_period: 0s}
  db: {image: "busybox:test", command: sleep 600, network_mode: none, stop_grace_period: 0s}
"""
PROJECT = "clawtui-test"


@pytest.fixture
def docker() -> Iterator[Path]:
    """A daemon of its own on a private socket, with one image, no network and no firewall rules; its folder."""
    with tempfile.TemporaryDirectory(prefix="clawtui-docker-") as name:
        folder = Path(name)
        words = [
            "--storage-driver",
            "vfs",
            "--iptables=false",
            "--ip6tables=false",
            "--bridge=none",
            "--log-level=error",
        ]
        places = ["--data-root", f"{name}/data", "--exec-root", f"{name}/exec", "--pidfile", f"{name}/pid"]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(
                ["dockerd", *words, *places, "-H", f"unix://{name}/docker.sock"], stdout=log, stderr=log
            ) as daemon,
        ):
            try:
                until = time.monotonic() + 40
                while subprocess.run(["docker", "version"], env=environ(folder), capture_output=True).returncode:
                    assert daemon.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < until, (folder / "log").read_text()
                    time.sleep(0.1)
                with tarfile.open(folder / "image.tar", "w") as image:
                    image.add("/bin/busybox", "bin/busybox")
                    link = tarfile.TarInfo("bin/sleep")
                    link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                    image.addfile(link)
                run(folder, "docker", "import", str(folder / "image.tar"), "busybox:test")
                (folder / "docker-compose.yml").write_text(FILE)
                yield folder
            finally:
                run(folder, "docker-compose", "-p", PROJECT, "down", "-t", "0")
                daemon.terminate()


def environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "DOCKER_HOST": f"unix://{folder}/docker.sock", "RUNTIME_DIRECTORY": str(folder / "run")}


def run(folder: Path, *argv: str) -> None:
    done = subprocess.run(argv, env=environ(folder), cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def soon(folder: Path, enough: Callable[[Found], bool]) -> Found:
    """The project's processes, as soon as they are as they should be."""
    service = Service("shop", compose=PROJECT)
    world = World(
        Config(services=(service,)),
        ProcessTable(),
        Loop(),
        lambda: False,
        lambda *_: None,
        {},
        {},
        projects=str(folder / "run"),
    )
    until = time.monotonic() + 10
    while not enough(found := find(world, service)):
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


def test_a_project_is_followed_from_its_first_container_to_its_last(docker: Path) -> None:
    with subprocess.Popen(PROGRAM, env=environ(docker)) as unit:
        try:
            soon(docker, lambda found: found.missing == f"no container of compose project {PROJECT} is running")
            run(docker, "docker-compose", "-p", PROJECT, "up", "-d")
            found = soon(docker, lambda found: len(found.roots) == 2)
            names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in found.roots}
            assert names == {"sleep"}
            assert found.spent is not None
            member = compose.read(str(docker / "run"))[PROJECT][0]
            assert compose.project_of(member.id, str(docker / "run")) == PROJECT
            run(docker, "docker-compose", "-p", PROJECT, "stop", "-t", "0", "db")
            assert soon(docker, lambda found: len(found.roots) == 1).missing == ""
        finally:
            unit.terminate()
