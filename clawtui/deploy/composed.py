"""A compose project as a unit of systemd: it starts, stops, is switched and gone back from like any other. Pure."""

from clawtui import shipped
from clawtui.deploy.facts import Facts
from clawtui.deploy.images import Image
from clawtui.deploy.placeholders import filled
from clawtui.deploy.spec import Spec
from clawtui.deploy.step import Params
from clawtui.deploy.unit_words import line

PLUGIN, PROGRAM = "docker compose", "docker-compose"
STOP_S = 30


def project(spec: Spec) -> str:
    """One a service, whatever its folder is called."""
    return f"clawtui-{spec.name}"


def file(spec: Spec) -> str:
    """The compose file, below the source."""
    compose = spec.environment.compose
    assert compose is not None
    return compose.relative_to(spec.source).as_posix()


def unit(spec: Spec, release: str, facts: Facts) -> str:
    """Its project runs in the foreground: its lines are in the journal, and it ends with its containers."""
    plugin, program = facts.commands.get(PLUGIN), facts.commands.get(PROGRAM)
    # a package brings the program where the host has neither
    command = f"{plugin} compose" if plugin else program or f"/usr/bin/{PROGRAM}"
    named = {
        "service": spec.name,
        "release": release,
        "command": command,
        "project": project(spec),
        "app": f"{spec.place}/releases/{release}/app",
        "file": line((file(spec),)),
        "over": f"{spec.place}/compose/{release}.json",
        "secrets": f"EnvironmentFile={spec.place}/shared/env/{release}.env" if spec.secrets else "",
    }
    return filled(shipped.read("templates/systemd/compose.service"), named)


def params(spec: Spec, release: str, images: tuple[Image, ...], version: str) -> Params:
    """Of a `compose` step."""
    return {
        "release": release,
        "project": project(spec),
        "file": file(spec),
        "version": version,
        "environment": [secret.name for secret in spec.secrets],
        "images": [
            {"service": one.service, "reference": one.reference, "blob": one.blob.sha256 if one.blob else None}
            for one in images
        ],
    }


def packages(spec: Spec, facts: Facts) -> tuple[str, ...]:
    """Docker and compose where the host has them not."""
    if spec.environment.compose is None:
        return ()
    known = facts.commands
    engine = () if known.get("docker") else ("docker.io",)
    return engine if known.get(PLUGIN) or known.get(PROGRAM) else (*engine, PROGRAM)
