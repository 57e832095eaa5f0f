"""What nginx serves of this service: tried beside all other sites, written, and read by nginx without losing a request."""

from pathlib import Path
from typing import Dict, List

from clawtui_runner import disk, nginx, outside, owned, staged, traffic
from clawtui_runner.fault import Fault
from clawtui_runner.outside import File
from clawtui_runner.step import Check, Done, Step

# nobody listens there until a switch says who does
NOBODY = "server 127.0.0.1:9 down;\n"
SIX = Path("/proc/net/if_inet6")


def check(step: Step) -> Check:
    """One that is not ours is a conflict, also under another name of its file."""
    files, gone = _files(step), _gone(step)
    found = outside.check(step, files)
    if found.state == "same" and gone:
        return Check("differs", f"{', '.join(gone)} goes", tuple(f"- {name}" for name in gone))
    if found.state != "differs" or not staged.NGINX.is_dir() or _upstream_missing(step):
        return found
    try:
        staged.nginx(step, _texts(step, files, gone))
    except Fault as fault:
        # a certificate that an earlier step brings is not there yet: only `apply` can tell
        return Check("conflict", fault.words, found.diff) if fault.code == "conflict" else found
    return found


def apply(step: Step) -> Done:
    """The file that names the instance's port is there before nginx includes it; all is tried together."""
    files, gone = _files(step), _gone(step)
    if _upstream_missing(step):
        disk.write(traffic.upstream(step.place), NOBODY.encode())
    if gone:
        staged.nginx(step, _texts(step, files, gone))
        outside.remove(step, gone)
    done = outside.apply(step, files)
    if gone and not done.changed:
        nginx.reload(step)
    return Done(done.changed or bool(gone), done.words + (f"; {', '.join(gone)} is gone" if gone else ""))


def undo(step: Step) -> Done:
    """As it was served before."""
    before = [name for name in step.remembered() if name.startswith("/")]
    return outside.undo(step, [File(Path(name), "", 0, "", "nginx-reload") for name in before])


def _gone(step: Step) -> List[str]:
    """What is not wanted any more; nothing that is not ours goes."""
    ours = owned.known(step.place)
    return [name for name in step.params.texts("gone") if name in ours]


def _texts(step: Step, files: List[File], gone: List[str]) -> Dict[str, str]:
    return {**dict.fromkeys(gone, ""), **{str(file.path): file.text for file in files}}


def _upstream_missing(step: Step) -> bool:
    return step.params.flag("upstream") and not traffic.upstream(step.place).exists()


def _files(step: Step) -> List[File]:
    """On a host without IPv6 nginx would not start for the lines that name it."""
    files = outside.listed(step)
    if SIX.exists():
        return files
    return [file._replace(text="".join(_lines(file.text))) for file in files]


def _lines(text: str) -> List[str]:
    return [line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("listen [::]:")]
