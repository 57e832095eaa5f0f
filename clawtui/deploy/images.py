"""The images of a compose project: pulled by digest, or saved here and carried. Read before any host is touched."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from clawtui.clean import clean
from clawtui.deploy.digests import Digests
from clawtui.deploy.plan import Blob
from clawtui.deploy.spec import Images, Spec
from clawtui.errors import ConfigError

SAVE_S = 900.0
_REFERENCE = re.compile(r"[a-z0-9][A-Za-z0-9._/:@-]*")
_PINNED = re.compile(r"\S+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Image:
    """What one service of the project runs."""

    service: str
    reference: str
    # as the host asks for it: NAME@sha256:… to pull, the image's id where it is carried
    blob: Blob | None = None


async def images(spec: Spec, cache: Path, digests: Digests) -> tuple[Image, ...]:
    """All of them; ConfigError names the service whose image cannot be had for certain."""
    compose = spec.environment.compose
    if compose is None:
        return ()
    named = await asyncio.to_thread(_named, compose)
    if spec.environment.images is Images.PULL:
        return tuple(_pulled(compose, service, name) for service, name in named.items())
    return tuple([await _carried(compose, service, name, cache, digests) for service, name in named.items()])


def version(compose: Path) -> str:
    """What the file says it is written for; another file beside it has to say the same."""
    return str(_top(compose).get("version", ""))


def _top(compose: Path) -> Mapping[str, object]:
    import yaml

    return cast("Mapping[str, object]", yaml.safe_load(compose.read_bytes()))


def _named(compose: Path) -> dict[str, str]:
    found = dict[str, str]()
    services = cast("Mapping[str, Mapping[str, object]]", _top(compose)["services"])
    for service, keys in services.items():
        name = str((keys or {}).get("image", ""))
        if not _REFERENCE.fullmatch(name):
            words = (
                f"{name!r} is no image" if name else "has no image: build it here, name it, and write images = 'carry'"
            )
            raise ConfigError(words, file=str(compose), key=f"services.{service}")
        found[str(service)] = name
    return found


def _pulled(compose: Path, service: str, name: str) -> Image:
    """A tag means something else tomorrow, and on another host."""
    if not _PINNED.fullmatch(name):
        words = f"{name} is a tag, which moves; write NAME@sha256:… (docker pull prints it), or images = 'carry'"
        raise ConfigError(words, file=str(compose), key=f"services.{service}.image")
    return Image(service, name)


async def _carried(compose: Path, service: str, name: str, cache: Path, digests: Digests) -> Image:
    """From this machine's own engine."""
    key = f"services.{service}.image"
    identity = (await _docker(compose, key, "image", "inspect", "--format", "{{.Id}}", name)).strip()
    file = cache / "images" / f"{identity.removeprefix('sha256:')}.tar"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        await _docker(compose, key, "image", "save", "--output", str(part), name)
        part.replace(file)
    sha256, size = await asyncio.to_thread(digests.of, file)
    return Image(service, identity, Blob(sha256, size, f"image {name}", str(file)))


async def _docker(compose: Path, key: str, *words: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            "docker", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as problem:
        raise ConfigError("docker is not here, and images = 'carry' needs it", file=str(compose), key=key) from problem
    try:
        async with asyncio.timeout(SAVE_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = said.decode("utf-8", "replace")
    if process.returncode:
        raise ConfigError(clean(text.strip().rpartition("\n")[2], limit=400), file=str(compose), key=key)
    return text
