"""The images of a compose project, under names of this very release, and a file beside the project's that says to run those.

So going back runs what ran before, whatever has been pulled or loaded since.
"""

import json
from pathlib import Path
from typing import List

from clawtui_runner import disk, docker
from clawtui_runner.fault import Fault, Record
from clawtui_runner.params import Params
from clawtui_runner.step import Check, Done, Step

IMAGE_S = 1800.0


def check(step: Step) -> Check:
    """The file as wanted, and every image there. Without an engine all is to be done: a package may bring it."""
    strangers = docker.strangers(step, step.params.text("project")) if _engine(step) else []
    if strangers and not step.params.flag("adopt"):
        words = f"{', '.join(strangers)}: containers of project {step.params.text('project')} that are not ours"
        return Check("conflict", f"{words}; take them down, or adopt")
    missing = [name for name in _names(step) if not (_engine(step) and docker.has(step, name))]
    if _over(step).exists() and _over(step).read_text() == _text(step) and not missing:
        return Check("same", "all images are there")
    return Check("differs", "images will be brought", tuple(f"+ {name}" for name in missing))


def apply(step: Step) -> Done:
    """Loaded or pulled, named, and the project's files read as compose will read them."""
    if not _engine(step):
        raise Fault("failed", "no docker engine answers here; is docker.service running?")
    for image, name in zip(step.params.tables("images"), _names(step)):
        if not docker.has(step, name):
            _bring(step, image)
            step.run("docker", "tag", image.text("reference"), name)
    step.remember("over", {"there": _over(step).exists()})
    disk.folder(_over(step).parent)
    disk.write(_over(step), _text(step).encode())
    try:
        _read(step)
    except Fault:
        disk.remove(_over(step))
        raise
    gone = _forget(step)
    return Done(True, f"{len(_names(step))} images" + (f", {gone} old ones let go" if gone else ""))


def undo(step: Step) -> Done:
    """The images stay in the engine's store until a later release lets go of them."""
    if "over" not in step.remembered() or step.recalled("over").flag("there"):
        return Done(False, "nothing to take back")
    disk.remove(_over(step))
    return Done(True, f"{_over(step).name} removed")


def _bring(step: Step, image: Params) -> None:
    """An id says what was loaded, a digest what was pulled: nothing else can come under either."""
    if docker.has(step, image.text("reference")):
        return
    if "blob" in image:
        step.run("docker", "load", "--quiet", "--input", str(step.place.blob(image.text("blob"))), deadline_s=IMAGE_S)
    else:
        step.run("docker", "pull", "--quiet", image.text("reference"), deadline_s=IMAGE_S)


def _read(step: Step) -> None:
    """Both files together, as compose reads them."""
    app = step.place.release(step.params.text("release")) / "app"
    files = ("-f", step.params.text("file"), "-f", str(_over(step)))
    empty = dict.fromkeys(step.params.texts("environment"), "")
    step.run(*docker.compose(), "-p", step.params.text("project"), *files, "config", "-q", cwd=str(app), env=empty)


def _engine(step: Step) -> bool:
    try:
        return step.ask("docker", "version", "--format", "{{.Server.Version}}").status == 0
    except Fault:
        return False


def _names(step: Step) -> List[str]:
    """One a service and release."""
    project, release = step.params.text("project"), step.params.text("release")
    return [f"{project}/{image.text('service').lower()}:{release}" for image in step.params.tables("images")]


def _over(step: Step) -> Path:
    return step.place.folder / "compose" / f"{step.place.release(step.params.text('release')).name}.json"


def _text(step: Step) -> str:
    """YAML that is JSON, too. A name without a value is taken from the environment that compose runs in."""
    environment = step.params.texts("environment")
    services: Record = {}
    for image, name in zip(step.params.tables("images"), _names(step)):
        service: Record = {"image": name}
        services[image.text("service")] = {**service, "environment": environment} if environment else service
    version = step.params.text("version", "")
    whole: Record = {"version": version, "services": services} if version else {"services": services}
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


def _forget(step: Step) -> int:
    """Names of releases that were pruned; an image that a container still runs stays."""
    shown = step.ask(
        "docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{step.params.text('project')}/*"
    )
    tags = [(line, line.rpartition(":")[2]) for line in shown.lines]
    old = [line for line, tag in tags if not (step.place.releases / tag).is_dir() and tag != "<none>"]
    return len([line for line in old if step.ask("docker", "image", "rm", line).status == 0])
