"""A small service for rollouts: a server of the standard library on its socket, and the folder that it is deployed from."""

from pathlib import Path

SERVER = """\
import http.server, json, os, socketserver, sys, time

VERSION = "{version}"
{more}

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def get_request(self):
        return super().get_request()[0], ("local", 0)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer({{"version": VERSION, "secret": len(os.environ.get("TOKEN", ""))}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer({{"answer": {answer}}})

    def answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        pass


Server(sys.argv[1], Handler).serve_forever()
"""
SPEC = """\
version = 1
name = "{name}"
hosts = "{hosts}"

[run]
command = "{{python}} server.py {{socket}}"
user = "{name}"
stop = "5s"
{run}
[health]
ready = "/"
times = 1
within = "10s"
[health.golden]
path = "/predict"
body = "abc"
expect = '{{"answer": 3}}'

[rollout]
bake = "{bake}"
dead_man = "60s"
{gates}
{rollout}
"""


UNJUDGED = 'gates = { error_ratio = "off", p95 = "off" }'


class Source:
    """One service's folder."""

    def __init__(self, folder: Path, name: str, hosts: str) -> None:
        self.folder, self.name, self.hosts = folder, name, hosts
        folder.mkdir(parents=True, exist_ok=True)
        self.spec()
        self.version("1")

    def version(self, version: str, *, answer: str = "len(body)", more: str = "") -> None:
        """Another release; `more` is a line of Python that runs before it serves."""
        (self.folder / "server.py").write_text(SERVER.format(version=version, answer=answer, more=more))

    def spec(
        self, *, bake: str = "0.1s", rollout: str = "", run: str = "", more: str = "", gates: str = UNJUDGED
    ) -> None:
        """Its service.toml."""
        text = SPEC.format(name=self.name, hosts=self.hosts, bake=bake, rollout=rollout, run=run, gates=gates)
        (self.folder / "service.toml").write_text(text + more)
