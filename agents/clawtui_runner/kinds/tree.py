"""A release's own files: out of one archive, each by its digest, read-only from then on."""

import hashlib
import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, Dict, Tuple

from clawtui_runner import disk
from clawtui_runner.fault import Fault, Record
from clawtui_runner.step import Check, Done, Step

Wanted = Dict[str, Tuple[str, int]]


def check(step: Step) -> Check:
    """What has its name was verified before it got it."""
    folder = _folder(step)
    if folder.exists():
        return Check("same", f"release {folder.name} is there")
    count = len(step.params.items("files"))
    return Check("differs", f"release {folder.name}: {count} files", (f"+ {folder} ({count} files)",))


def apply(step: Step) -> Done:
    """To a temporary name, verified, renamed."""
    folder = _folder(step)
    if folder.exists():
        return Done(False, f"release {folder.name} is there")
    part = folder.with_name(f".{folder.name}.part")
    _remove(part)
    disk.folder(part / "app")
    try:
        wanted = _wanted(step)
        _unpack(step, part / "app", wanted)
        _link(step, part / "app")
        disk.keep(part / "manifest.json", _manifest(step))
        _seal(part)
        part.rename(folder)
    except BaseException:
        _remove(part)
        raise
    disk.sync(folder.parent)
    step.remember("made", {"release": folder.name})
    return Done(True, f"release {folder.name}: {len(wanted)} files")


def undo(step: Step) -> Done:
    """Kept for those who ask why, out of the way of those who serve."""
    folder = _folder(step)
    if not step.recalled("made").values or not folder.exists():
        return Done(False, f"release {folder.name} was there before, or is not there")
    failed = disk.folder(step.place.claw / "failed", 0o700) / folder.name
    _remove(failed)
    folder.chmod(0o755)
    folder.rename(failed)
    os.utime(str(failed))
    return Done(True, f"release {folder.name} is set aside in {failed}")


def _folder(step: Step) -> Path:
    return step.place.release(step.params.text("release"))


def _wanted(step: Step) -> Wanted:
    found: Wanted = {}
    for file in step.params.tables("files"):
        path = inside(file.text("path"))
        try:
            mode = int(file.text("mode", "0644"), 8) & 0o755
        except ValueError:
            raise file.wrong("mode", "octal digits") from None
        found[path] = (file.text("sha256"), mode)
    return found


def inside(path: str) -> str:
    """A path that stays below the folder that it is joined to."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or str(pure) != path:
        raise Fault("refused", f"{path!r}: a file of a release has to lie below it")
    return path


def _unpack(step: Step, app: Path, wanted: Wanted) -> None:
    """The archive's bytes are hashed on their way: what is not in the manifest is refused, what is missing named."""
    blob = step.place.blob(step.params.text("archive"))
    if not blob.exists():
        raise Fault("failed", f"{blob}: the archive of this release is not here; bring it first")
    missing = dict(wanted)
    with tarfile.open(str(blob)) as tar:
        for member in tar:
            if member.isdir():
                continue
            step.in_time()
            source = tar.extractfile(member) if member.isfile() else None
            if source is None or member.name not in missing:
                raise Fault("refused", f"{member.name!r}: in the archive and not in the manifest")
            sha256, mode = missing.pop(member.name)
            _write(source, app / member.name, sha256, mode)
    if missing:
        raise Fault("failed", f"{sorted(missing)[0]!r}: in the manifest and not in the archive")


def _write(source: IO[bytes], path: Path, sha256: str, mode: int) -> None:
    disk.folder(path.parent)
    total = hashlib.sha256()
    with source, path.open("wb") as out:
        for piece in iter(lambda: source.read(1 << 20), b""):
            total.update(piece)
            out.write(piece)
        os.fchmod(out.fileno(), mode & 0o555)
    if total.hexdigest() != sha256:
        raise Fault(
            "failed", f"{path.name}: its bytes are not those of the manifest; was the source changed meanwhile?"
        )


def _link(step: Step, app: Path) -> None:
    """Large files lie in the store once; the release shows them where the code looks for them."""
    for path, digest in step.params.table("links").words().items():
        blob = step.place.blob(digest)
        if not blob.exists():
            raise Fault("failed", f"{blob}: {path} is not here; bring it first")
        shown = app / inside(path)
        disk.folder(shown.parent)
        if not shown.is_symlink() and not shown.exists():
            shown.symlink_to(str(blob))


def _manifest(step: Step) -> Record:
    names = ("release", "archive", "files", "links")
    return {"version": 1, **{name: step.params.values.get(name) for name in names}}


def _seal(part: Path) -> None:
    for folder, _, _ in os.walk(str(part)):
        os.chmod(folder, 0o555)
    part.chmod(0o755)
    os.sync()


def _remove(path: Path) -> None:
    if path.exists():
        for folder, _, _ in os.walk(str(path)):
            os.chmod(folder, 0o755)
        shutil.rmtree(str(path))
