"""A service that answers what it was asked, on a unix socket or a port: run as a program, with where to listen."""

import http.server
import json
import socketserver
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Its answers end their connections, but for an upgrade, which echoes."""

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "echo":
            self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
            while data := self.connection.recv(1024):
                self.connection.sendall(data)
            return
        length = int(self.headers.get("Content-Length", 0))
        asked = {"path": self.path, "method": self.command, "body": len(self.rfile.read(length))}
        body = json.dumps({**asked, "headers": dict(self.headers), "who": sys.argv[-1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is http.server's

    def address_string(self) -> str:
        return "-"

    def log_message(self, *args: object) -> None:
        pass


class Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main(where: str) -> None:
    """Until it is killed; says when it listens."""
    if where.isdigit():
        server: socketserver.BaseServer = http.server.ThreadingHTTPServer(("127.0.0.1", int(where)), Handler)
    else:
        server = Unix(where, Handler)
        Path(where).chmod(0o777)
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
