"""Compose projects on a real docker engine by the real docker-compose: images carried or pulled, and back to those before."""

import hashlib
import json
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clawtui.deploy.composed import params, unit
from clawtui.deploy.digests import Digests
from clawtui.deploy.facts import Facts
from clawtui.deploy.images import Image, images
from clawtui.deploy.plan import Blob
from clawtui.deploy.spec import Environment, Images, Secret, Spec
from clawtui.errors import ConfigError
from tests.deploy.image import tree
from tests.deploy.runner.apart import PLACE, Apart, apart, end
from tests.deploy.runner.talk import Refused, here

pytestmark = [pytest.mark.root, pytest.mark.slow]
FILE = """\
version: "3"
services:
  web:
    image: "{image}"
    network_mode: host
    stop_grace_period: 0s
    command: ["sh", "-c", "echo $$TOKEN >>/www/index.html; exec httpd -f -p 127.0.0.1:8090 -h /www"]
"""
DAEMON = (
    "dockerd",
    "--storage-driver",
    "vfs",
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
    "--log-level=error",
)
REGISTRY = {"version": 0.1, "storage": {"inmemory": {}}, "http": {"addr": "127.0.0.1:5000"}}


@pytest.fixture
def host(tmp_path: Path, program: Path) -> Iterator[Apart]:
    # a short name: sockets lie deep in it
    with apart(tmp_path, program) as host, tempfile.TemporaryDirectory(prefix="clawtui-docker-") as engine:
        places = ("--data-root", f"{engine}/data", "--exec-root", f"{engine}/exec")
        with (tmp_path / "log").open("wb") as log:
            daemon = subprocess.Popen(host.enter(*DAEMON, *places), stdout=log, stderr=log, text=True)
        try:
            host.sh("timeout", "60", "sh", "-c", "until docker version >/dev/null 2>&1; do sleep 0.1; done")
            yield host
        finally:
            subprocess.run(host.enter("sh", "-c", "docker rm -f $(docker ps -aq)"), capture_output=True)
            daemon.terminate()
            daemon.wait(60)


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    environment = Environment(compose=tmp_path / "compose.yaml", port=8090)
    secrets = (Secret("TOKEN", env="TOKEN"),)
    return Spec(tmp_path / "service.toml", "bot", "all", tmp_path, environment=environment, secrets=secrets)


def built(host: Apart, words: str) -> str:
    """An image whose page says these words, as bot:latest; its id."""
    done = subprocess.run(host.enter("docker", "import", "-", "bot:latest"), input=tree(words), capture_output=True)
    return done.stdout.decode().strip()


def carried(host: Apart, words: str) -> Image:
    """Saved, let go of, and brought as a blob."""
    identity = built(host, words)
    data = subprocess.run(host.enter("docker", "save", "bot:latest"), capture_output=True, check=True).stdout
    host.sh("docker", "image", "rm", "bot:latest")
    digest = hashlib.sha256(data).hexdigest()
    argv = host.enter(*here(host.program, "receive", PLACE, digest, str(len(data)), "0"))
    assert json.loads(subprocess.run(argv, input=data, capture_output=True).stdout)["ok"]
    return Image("web", identity, Blob(digest, len(data), "image bot", ""))


def release(host: Apart, spec: Spec, name: str, image: Image, token: str = "") -> dict[str, Any]:
    """Its folder and its secrets as other steps leave them; what the step is told."""
    host.sh("mkdir", "-p", f"{PLACE}/releases/{name}/app", f"{PLACE}/shared/env")
    host.path(f"{PLACE}/releases/{name}/app/compose.yaml").write_text(FILE.format(image="bot:latest"))
    host.path(f"{PLACE}/shared/env/{name}.env").write_text(f"TOKEN={token}\n")
    return dict(params(spec, name, (image,), "3"))


def line(spec: Spec, host: Apart, name: str, which: str) -> list[str]:
    """What systemd would run, in the folder and with the environment that it would give."""
    program = host.sh("sh", "-c", "command -v docker-compose").strip()
    text = unit(spec, name, Facts(commands={"docker-compose": program}))
    command = next(line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{which}="))
    folder = next(line.partition("=")[2] for line in text.splitlines() if line.startswith("WorkingDirectory="))
    environment = next(line.partition("=")[2] for line in text.splitlines() if line.startswith("EnvironmentFile="))
    there = f"cd {folder} && set -a && . {environment} && exec {shlex.join(shlex.split(command))}"
    return host.enter("sh", "-c", there)


def page(host: Apart, spec: Spec, name: str) -> str:
    """Started as systemd would, asked, and stopped."""
    process = subprocess.Popen(
        line(spec, host, name, "ExecStart"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        until = time.monotonic() + 60
        while (
            asked := subprocess.run(host.enter("curl", "-s", "http://127.0.0.1:8090/"), capture_output=True)
        ).returncode:
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            assert time.monotonic() < until
            time.sleep(0.1)
        done = subprocess.run(line(spec, host, name, "ExecStop"), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert process.wait(60) in (0, 1, 130, 137, 143)
    finally:
        end(process)
    return asked.stdout.decode()


def test_carried_images_run_and_the_release_before_runs_its_own_again(host: Apart, spec: Spec) -> None:
    first = release(host, spec, "r1", carried(host, "one"), "alpha")
    assert host.line.check("compose", **first)["state"] == "differs"
    host.line.apply("compose", **first)
    assert host.line.check("compose", **first)["state"] == "same"
    assert page(host, spec, "r1") == "one\nalpha\n"
    second = release(host, spec, "r2", carried(host, "two"), 'b"e$ta'.replace('"', "").replace("$", ""))
    host.line.apply("compose", step_id="02-compose", **second)
    assert page(host, spec, "r2") == "two\nbeta\n"
    built(host, "three")
    assert page(host, spec, "r1") == "one\nalpha\n"
    assert "alpha" not in json.dumps(host.line.records())
    # a release that was pruned takes its names along
    host.sh("rm", "-r", f"{PLACE}/releases/r1")
    host.line.apply(
        "compose", step_id="03-compose", **release(host, spec, "r3", Image("web", second["images"][0]["reference"]))
    )
    assert "clawtui-bot/web:r1" not in host.sh("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")


def test_images_are_pulled_by_their_digest(host: Apart, spec: Spec, tmp_path: Path) -> None:
    (tmp_path / "registry.yml").write_text(json.dumps(REGISTRY))
    host.start("docker-registry", "serve", str(tmp_path / "registry.yml"))
    host.sh("curl", "-s", "--retry", "30", "--retry-connrefused", "--retry-delay", "1", "http://127.0.0.1:5000/v2/")
    built(host, "pulled")
    host.sh("docker", "tag", "bot:latest", "127.0.0.1:5000/bot:1")
    pushed = host.sh("docker", "push", "127.0.0.1:5000/bot:1")
    digest = next(word for word in pushed.split() if word.startswith("sha256:"))
    host.sh("docker", "image", "rm", "bot:latest", "127.0.0.1:5000/bot:1")
    host.line.apply("compose", **release(host, spec, "r1", Image("web", f"127.0.0.1:5000/bot@{digest}")))
    assert page(host, spec, "r1") == "pulled\n\n"
    gone = release(host, spec, "r2", Image("web", f"127.0.0.1:5000/bot@sha256:{'0' * 64}"))
    with pytest.raises(Refused, match=r"docker ended with 1: .*(not found|unknown)"):
        host.line.apply("compose", step_id="02-compose", **gone)


async def test_what_is_carried_is_saved_once_from_this_machines_own_engine(
    host: Apart, spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{host.path('/run/docker.sock')}")
    carry = replace(spec, environment=replace(spec.environment, images=Images.CARRY))
    (tmp_path / "compose.yaml").write_text(FILE.format(image="bot:latest"))
    identity = built(host, "one")
    digests = Digests(tmp_path / "digests.json")
    (found,) = await images(carry, tmp_path / "cache", digests)
    assert (found.service, found.reference) == ("web", identity)
    assert found.blob is not None
    assert await images(carry, tmp_path / "cache", digests) == (found,)
    host.sh("docker", "image", "rm", "bot:latest")
    with pytest.raises(ConfigError, match=r"No such image: bot:latest"):
        await images(carry, tmp_path / "cache", digests)


def test_a_project_that_is_not_ours_and_a_file_that_compose_does_not_take_are_told(
    host: Apart, spec: Spec, tmp_path: Path
) -> None:
    image = carried(host, "one")
    told = release(host, spec, "r1", image)
    host.line.apply("compose", **told)
    host.path(f"{PLACE}/releases/r1/app/compose.yaml").write_text(
        "version: '3'\nservices: {web: {image: x, prots: 1}}\n"
    )
    host.path(f"{PLACE}/compose/r1.json").unlink()
    with pytest.raises(Refused, match="prots"):
        host.line.apply("compose", **told)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/compose.yaml").write_text(FILE.format(image="clawtui-bot/web:r1"))
    host.sh("docker-compose", "-p", "clawtui-bot", "-f", str(tmp_path / "other/compose.yaml"), "up", "-d")
    found = host.line.check("compose", **told)
    assert (found["state"], "not ours" in found["words"]) == ("conflict", True)
    assert host.line.check("compose", adopt=True, **told)["state"] == "differs"
