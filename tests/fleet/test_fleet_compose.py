"""A compose project from its folder to a real host: a unit of real systemd runs real docker-compose on a real engine."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.image import tree
from tests.deploy.operator import Operator
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

pytestmark = [pytest.mark.root, pytest.mark.slow]
PROGRAMS = ("/usr/bin/docker-compose", "/usr/lib/python3/dist-packages")
DAEMON = (
    "dockerd",
    "--storage-driver",
    "vfs",
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
    "--log-level=error",
)
SPEC = """\
version = 1
name = "shop"
hosts = "h000"
[environment]
compose = "compose.yaml"
images = "carry"
port = 8090
[secrets]
TOKEN = { env = "SHOP_TOKEN" }
[health]
ready = "/index.html"
times = 1
within = "30s"
[proxy]
names = ["shop.test"]
tls = "off"
http_port = 8080
[rollout]
bake = "0.1s"
gates = { error_ratio = "off", p95 = "off" }
"""
COMPOSE = """\
version: "3"
services:
  web:
    image: "shop:latest"
    network_mode: host
    stop_grace_period: 0s
    command: ["sh", "-c", "echo $$TOKEN >>/www/index.html; exec httpd -f -p 127.0.0.1:8090 -h /www"]
"""


@pytest.fixture
def engine() -> Iterator[Path]:
    """Its folder: a short name, for sockets lie deep in it."""
    with tempfile.TemporaryDirectory(prefix="clawtui-docker-") as name:
        (Path(name) / "socket").mkdir()
        yield Path(name)


@pytest.fixture
def bed(engine: Path) -> Iterator[Testbed]:
    """One host that has docker's programs; its engine runs beside it in its network, for it may make no cgroups."""
    client = subprocess.run(
        ["sh", "-c", "command -v docker"], capture_output=True, text=True, check=True
    ).stdout.strip()
    binds = (*(f"{path}:{path}" for path in PROGRAMS), f"{client}:/usr/bin/docker", f"{engine}/socket:/opt/docker")
    with running(Order(hosts=1, systemd=True, binds=binds)) as bed:
        places = [f"--{name}={engine}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        enter = ["nsenter", "-t", str(bed.first_pid("h000")), "-n", "unshare", "-m"]
        argv = [*enter, *DAEMON, *places, "-H", f"unix://{engine}/socket/docker.sock"]
        with (engine / "log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log) as daemon:
            try:
                ready = "until docker version; do sleep 0.1; done"
                there = f"ln -s /opt/docker/docker.sock /run/docker.sock; timeout 60 sh -c '{ready}'"
                assert bed.sh("h000", there).returncode == 0, (engine / "log").read_text()
                yield bed
            finally:
                bed.sh("h000", "systemctl stop 'clawtui-shop@*'; docker rm -f $(docker ps -aq)")
                daemon.terminate()


def build(told: dict[str, str], words: str) -> None:
    """shop:latest, whose page says these words."""
    argv = ["docker", "import", "-", "shop:latest"]
    subprocess.run(argv, env={**os.environ, **told}, input=tree(words), capture_output=True, check=True)


def page(bed: Testbed) -> str:
    """As its users see it."""
    return bed.sh(
        "h000", "curl", "-s", "--resolve", "shop.test:8080:127.0.0.1", "http://shop.test:8080/index.html"
    ).stdout


def test_a_project_is_rolled_out_replaced_and_undone_with_the_images_of_each_release(
    bed: Testbed, engine: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "service.toml").write_text(SPEC)
    (folder / "compose.yaml").write_text(COMPOSE)
    operator = Operator(tmp_path / "home", bed)
    told = {"SHOP_TOKEN": "t$k\"en'1", "DOCKER_HOST": f"unix://{engine}/socket/docker.sock"}
    for words in ("one", "two"):
        build(told, words)
        done = operator.deploys("apply", str(folder), "--yes", **told)
        assert done.returncode == 0, done.stdout + done.stderr
        assert page(bed) == f"{words}\n{told['SHOP_TOKEN']}\n"
        again = operator.deploys("apply", str(folder), "--yes", **told)
        assert (again.returncode, "nothing to do" in again.stderr) == (0, True), again.stderr
    # one that does not get ready goes back by itself to the images before
    (folder / "compose.yaml").write_text(COMPOSE.replace("exec httpd", "exit 3; exec httpd"))
    broken = operator.deploys("apply", str(folder), "--yes", **told)
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert page(bed).startswith("two\n")
    undone = operator.deploys("undo", "shop", "--yes", **told)
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert page(bed).startswith("one\n")
    assert len(bed.sh("h000", "docker ps -q").stdout.split()) == 1
