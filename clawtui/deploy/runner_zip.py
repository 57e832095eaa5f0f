"""The far runner as one file: a zip that Python runs, the same bytes on every machine; its digest is its name on hosts."""

import hashlib
import importlib.util
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import ClawtuiError

PACKAGE = "clawtui_runner"
FOLDER = "/var/lib/clawtui-runner"
THEN = (1980, 1, 1, 0, 0, 0)
# a zip knows nothing earlier
MAIN = b"import sys\n\nfrom clawtui_runner.__main__ import main\n\nsys.exit(main(sys.argv[1:]))\n"


@dataclass(frozen=True, slots=True)
class RunnerZip:
    """Bytes and their name."""

    content: bytes
    digest: str

    @property
    def path(self) -> str:
        """On a host."""
        return f"{FOLDER}/{self.digest}.pyz"


def packed() -> RunnerZip:
    """The runner of this installation; some ten milliseconds, so in a thread."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise ClawtuiError("this installation of clawtui carries no far runner; install clawtui from its wheel")
    folder = Path(folders[0])
    files = {f"{PACKAGE}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*.py")}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sorted({**files, "__main__.py": MAIN}.items()):
            entry = zipfile.ZipInfo(name, THEN)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return RunnerZip(out.getvalue(), hashlib.sha256(out.getvalue()).hexdigest())
