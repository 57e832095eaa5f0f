"""Docker and compose on this host, whichever of the two compose programs it has."""

import os
import shutil
import time
from typing import List

from clawtui_runner import processes
from clawtui_runner.fault import Fault
from clawtui_runner.step import Step

ANSWER_S = 30.0


def plugin() -> bool:
    """Does `docker` itself know compose?"""
    if shutil.which("docker", path=processes.ENVIRONMENT["PATH"]) is None:
        return False
    argv = ("docker", "compose", "version")
    return processes.run(argv, time.monotonic() + ANSWER_S).status == 0


def compose() -> List[str]:
    """How it is called."""
    if plugin():
        return ["docker", "compose"]
    if shutil.which("docker-compose", path=processes.ENVIRONMENT["PATH"]) is None:
        raise Fault("failed", "this host has neither docker compose nor docker-compose; name one among the packages")
    return ["docker-compose"]


def has(step: Step, image: str) -> bool:
    """Is it in the engine's store?"""
    return step.ask("docker", "image", "inspect", "--format", "{{.Id}}", image).status == 0


def strangers(step: Step, project: str) -> List[str]:
    """Containers under the project's name that were not started from this place."""
    label = "com.docker.compose.project"
    shown = '{{.Names}}\t{{.Label "com.docker.compose.project.working_dir"}}'
    found = step.ask("docker", "ps", "--all", "--filter", f"label={label}={project}", "--format", shown)
    if found.status:
        return []
    pairs = [line.partition("\t") for line in found.lines if "\t" in line]
    ours = str(step.place.folder) + os.sep
    return [name for name, _, folder in pairs if not (folder + os.sep).startswith(ours)]
