"""Install, upgrade or remove clawtui on one host: look, carry the wheels, unpack beside, try, switch."""

import asyncio
import hashlib
import io
import shlex
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clawtui import __version__, shipped
from clawtui.errors import FileFailed
from clawtui.fleet.become import Rights, as_root
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.copy.tree import local_tree
from clawtui.fleet.copy.upload import upload
from clawtui.fleet.link import Ending, Link, Reply
from clawtui.fleet.program.layout import SYSTEM, Layout, of_user
from clawtui.fleet.program.wheelhouse import wheelhouse
from clawtui.places import Places

OLDEST = (3, 11)
ROOM = 200_000_000  # bytes: two versions unpacked and compiled, and the archive
STEP_S = 180.0
LOOK_S = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a host said of itself."""

    machine: str
    libc: str
    python: str
    # full path of an interpreter that is new enough
    version: tuple[int, int]
    current: str
    free: int


@dataclass(frozen=True, slots=True)
class Change:
    """What was done."""

    words: str
    did: tuple[str, ...] = ()


async def install(link: Link, becoming: Becoming, places: Places) -> Change:
    """Bring a host to this version; FileFailed says why not, the host then has what it had before."""
    rights = await becoming.rights(link)
    home = (await _checked(link, "asking for the home folder", 'printf %s "$HOME"')).text
    layout = SYSTEM if rights.root else of_user(home)
    target = seen(link.host.name, (await _run(link, rights, "looking", "look", layout)).text)
    wheels = await asyncio.to_thread(wheelhouse, target.version, target.machine, target.libc, places)
    mark = await asyncio.to_thread(_mark, wheels)
    folder, staging = f"{__version__}-{mark}", f"{home}/.cache/clawtui-{mark}"
    values = {"folder": folder, "staged": f"{staging}/wheels.tar", "python": target.python}
    with tempfile.TemporaryDirectory(prefix="clawtui-wheels-") as here:
        archive = Path(here) / "wheels.tar"
        values["sha256"] = await asyncio.to_thread(_archive, wheels, archive)
        if target.current != folder:
            await upload(link, await asyncio.to_thread(local_tree, archive), f"{staging}/", into=True)
    try:
        done = await _run(link, rights, "installing", "install", layout, STEP_S, **values)
    finally:
        await link.run(f"rm -rf {shlex.quote(staging)}", timeout_s=LOOK_S)
    did = _did(done)
    if not did:
        return Change(f"nothing to do: {folder} is there and runs")
    verb = "upgraded to" if target.current else "installed"
    return Change(f"{verb} {folder}: {layout.link} runs", did)


async def remove(link: Link, becoming: Becoming) -> Change:
    """Take it away again."""
    rights = await becoming.rights(link)
    home = (await _checked(link, "asking for the home folder", 'printf %s "$HOME"')).text
    did = _did(await _run(link, rights, "removing", "remove", SYSTEM if rights.root else of_user(home)))
    return Change("removed" if did else "nothing to do: it was not there", did)


def seen(host: str, text: str) -> Target:
    """Read what look.sh said; FileFailed where clawtui cannot live there."""
    lines = [(key, value) for key, is_, value in (line.partition("=") for line in text.splitlines()) if is_]
    said = dict(lines)
    pythons = [value.partition(" ") for key, value in lines if key == "python"]
    found = [(_version(number), path) for number, _, path in pythons if path]
    fitting = [(version, path) for version, path in found if version >= OLDEST]
    if not fitting:
        there = ", ".join(path for _, path in found) or "no python3"
        raise FileFailed(
            host, f"clawtui needs Python 3.11 or newer and there is {there}; install one (apt install python3)"
        )
    free = int(said.get("free", "0") or 0)
    if free < ROOM:
        raise FileFailed(host, f"no room: {free:,} bytes are free where it goes, {ROOM:,} are needed")
    version, python = fitting[0]
    return Target(said.get("machine", ""), said.get("libc", "").lower(), python, version, said.get("current", ""), free)


def _version(number: str) -> tuple[int, int]:
    major, _, minor = number.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)


def _mark(wheels: Sequence[Path]) -> str:
    """Twelve hex digits that name this set of wheels."""
    return hashlib.sha256(b"".join(hashlib.sha256(wheel.read_bytes()).digest() for wheel in wheels)).hexdigest()[:12]


def _archive(wheels: Sequence[Path], path: Path) -> str:
    """A tar of the wheels, the same for the same wheels; its SHA-256."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for wheel in wheels:
            entry = tarfile.TarInfo(wheel.name)
            content = wheel.read_bytes()
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def _run(
    link: Link, rights: Rights, what: str, script: str, layout: Layout, timeout_s: float = STEP_S, **values: str
) -> Reply:
    """A template of config/templates/program with its values in front, with the rights of the installation."""
    known = {"code": layout.code, "link": layout.link, **values}
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in known.items())
    text += shipped.read(f"templates/program/{script}.sh")
    if not rights.root:
        return await _checked(link, what, f"sh -c {shlex.quote(text)}", timeout_s)
    line = as_root(rights, text)
    return await _checked(link, what, line.command, timeout_s, line.stdin)


async def _checked(link: Link, what: str, command: str, timeout_s: float = LOOK_S, stdin: bytes = b"") -> Reply:
    reply = await link.run(command, stdin=stdin, timeout_s=timeout_s)
    if reply.ending is Ending.OK:
        return reply
    said = reply.stderr.decode("utf-8", "replace").strip().splitlines()
    why = reply.note or (said[-1] if said else f"ended with status {reply.status}")
    raise FileFailed(link.host.name, f"{what} failed: {why}; what was there before is as it was")


def _did(reply: Reply) -> tuple[str, ...]:
    return tuple(line.removeprefix("did ") for line in reply.text.splitlines() if line.startswith("did "))
