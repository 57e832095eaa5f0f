"""From a folder to a service that answers: what init writes is deployed as it is, its packages carried to a host without
a way out. The packages are made up, as no index may be asked here: a framework and a server of a few lines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.index import PLAIN, served, wheel
from tests.deploy.operator import Operator
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]

FASTAPI = """
class FastAPI:
    def __init__(self):
        self.paths = {}

    def get(self, path):
        return lambda function: self.paths.setdefault(path, function)
"""
UVICORN = """
import http.server, importlib, json, os, socketserver, sys

sys.path.insert(0, os.getcwd())
module, _, name = sys.argv[-1].partition(":")
app = getattr(importlib.import_module(module), name)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        return super().get_request()[0], ("local", 0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in app.paths else 404)
        self.end_headers()
        self.wfile.write(json.dumps(app.paths.get(self.path, dict)()).encode())

    def log_message(self, *words):
        pass


Server(sys.argv[sys.argv.index("--uds") + 1], Handler).serve_forever()
"""
APP = """
import os
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
MODEL = Path("models/bot.onnx").read_text()


@app.get("/healthz")
def healthz():
    return {"model": MODEL, "key": len(os.environ["API_KEY"])}
"""
INDEX = dict([wheel("fastapi", "1.0", PLAIN, FASTAPI), wheel("uvicorn", "1.0", PLAIN, UVICORN)])


def test_what_init_writes_is_deployed_as_it_is(systemd: Testbed, tmp_path: Path) -> None:
    folder = tmp_path / "predictor"
    (folder / "models").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "models/bot.onnx").write_text("weights")
    (folder / "requirements.txt").write_text("fastapi\n")
    (folder / ".env").write_text("API_KEY=hunter2\n")
    operator = Operator(tmp_path / "home", systemd)
    with served(INDEX) as index:
        init = [
            sys.executable,
            "-m",
            "clawtui",
            "--fleet",
            str(systemd.fleet_file),
            "init",
            str(folder),
            "--host",
            "h000",
        ]
        environ = {"HOME": str(operator.home), "PATH": "/nonexistent", **index}
        done = subprocess.run(init, env=environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        # the hosts of this network have no way out, and a test has no minute to watch
        spec = folder / "service.toml"
        carry = spec.read_text().replace("[environment]\n", '[environment]\nwheels = "carry"\n')
        spec.write_text(f'{carry}\n[rollout]\nbake = "0.1s"\ngates = {{ error_ratio = "off", p95 = "off" }}\n')
        applied = operator.deploys("apply", str(folder), "--yes", **index)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    said = systemd.sh(
        "h000", "curl", "-s", "--unix-socket", "/srv/clawtui/predictor/shared/run/live.sock", "http://x/healthz"
    )
    assert json.loads(said.stdout) == {"model": "weights", "key": 7}
    assert systemd.sh("h000", "find", "/srv/clawtui/predictor", "-name", ".env").stdout == ""
