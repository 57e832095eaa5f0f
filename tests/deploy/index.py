"""A package index on loopback with made-up wheels: real files that real pip installs."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLAIN = "py3-none-any"
LINUX = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"


def wheel(name: str, version: str, tag: str, code: str = "", needs: str = "") -> tuple[str, bytes]:
    """File name and content; it is one module with this code."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{module}.py": code or f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + (f"Requires-Python: {needs}\n" if needs else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        + "".join(f"Tag: {tag.rpartition('-')[0]}-{platform}\n" for platform in tag.rpartition("-")[2].split(".")),
        f"{info}/RECORD": "",
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    return f"{module}-{version}-{tag}.whl", held.getvalue()


def pinned(files: Mapping[str, bytes]) -> str:
    """A lock of them: one line a package, a hash a file."""
    lines: dict[str, list[str]] = {}
    for file, data in files.items():
        module, version = file.split("-")[:2]
        line = lines.setdefault(f"{module.replace('_', '-')}=={version}", [])
        line.append(f"    --hash=sha256:{hashlib.sha256(data).hexdigest()}")
    return "".join(f"{name} \\\n" + " \\\n".join(hashes) + "\n" for name, hashes in lines.items())


@contextmanager
def served(files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """The environment with which pip asks it, and nobody else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            if parts[0] == "files":
                return self._answer(files[parts[1]], "application/octet-stream")
            names = [file for file in files if file.split("-")[0].replace("_", "-").lower() == parts[-1]]
            links = "".join(f'<a href="/files/{file}">{file}</a>' for file in names)
            return self._answer(
                f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html", 200 if names else 404
            )

        def _answer(self, data: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield {
            "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/simple/",
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_CACHE_DIR": "1",
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
