"""Which images of a compose project can be had for certain; and the unit that runs it."""

from pathlib import Path

import pytest

from clawtui.deploy.composed import packages, unit
from clawtui.deploy.digests import Digests
from clawtui.deploy.facts import Facts
from clawtui.deploy.images import images, version
from clawtui.deploy.spec import Environment, Secret, Spec
from clawtui.errors import ConfigError
from tests.deploy.test_timers import verified

PINNED = f"ghcr.io/x/bot@sha256:{'a' * 64}"


def spec(folder: Path, *lines: str) -> Spec:
    compose = folder / "deep file/compose.yaml"
    compose.parent.mkdir()
    compose.write_text("\n".join(("version: 3.4", "services:", *lines, "")))
    environment = Environment(compose=compose, port=8090)
    return Spec(folder / "service.toml", "bot", "all", folder, environment=environment, secrets=(Secret("TOKEN"),))


async def test_a_digest_is_pulled_and_a_tag_is_refused_by_name(tmp_path: Path) -> None:
    made = spec(tmp_path, f"  web: {{image: '{PINNED}'}}")
    digests = Digests(tmp_path / "digests.json")
    (found,) = await images(made, tmp_path, digests)
    assert (found.service, found.reference, found.blob) == ("web", PINNED, None)
    assert made.environment.compose is not None
    assert version(made.environment.compose) == "3.4"
    for image, words in {
        "bot:1": r"bot:1 is a tag, which moves",
        "": r"services\.web: has no image",
        "--all": r"'--all' is no image",
    }.items():
        made.environment.compose.write_text(f"services: {{web: {{image: '{image}'}}}}")
        with pytest.raises(ConfigError, match=words):
            await images(made, tmp_path, digests)


@pytest.mark.root
@pytest.mark.parametrize("commands", [{"docker compose": "/bin/echo"}, {"docker-compose": "/bin/echo"}])
def test_systemd_takes_the_unit_of_a_project_without_a_word(tmp_path: Path, commands: dict[str, str | None]) -> None:
    text = unit(spec(tmp_path), "r1", Facts(commands=commands))
    text = text.replace("/srv/clawtui/bot/releases/r1/app", str(tmp_path))
    assert verified({"/x/clawtui-bot@r1.service": text}, tmp_path) == ""
    assert '-f "deep file/compose.yaml" -f /srv/clawtui/bot/compose/r1.json up' in text
    assert ("compose -p clawtui-bot" in text) == ("docker compose" in commands)


def test_an_engine_comes_as_a_package_where_there_is_none(tmp_path: Path) -> None:
    made = spec(tmp_path)
    assert packages(made, Facts()) == ("docker.io", "docker-compose")
    assert packages(made, Facts(commands={"docker": "/x", "docker compose": "/x"})) == ()
