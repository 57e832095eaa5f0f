"""A service for tests with real units: a standard-library server on a unix socket, whose answers say which release it is."""

SERVER = """
import http.server, os, signal, socketserver, sys, threading, time

RELEASE, WAY, PATH = sys.argv[1], sys.argv[2], sys.argv[3]
if WAY == "tells":
    sys.exit("bad token " + os.environ["TOKEN"])
if WAY == "dies":
    print("no model at /models/net.onnx", flush=True)
    sys.exit(3)
if WAY == "late":
    time.sleep(4)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if WAY == "slow":
            time.sleep(0.3)
        body = ("wrong" if WAY == "wrong" else RELEASE).encode()
        self.send_response(500 if WAY == "sick" and self.path == "/ready" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def address_string(self):
        return "unix"

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = False
    request_queue_size = 128


if PATH.isdigit():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PATH)), Handler)
else:
    server = Server(PATH, Handler)
    os.chmod(PATH, 0o770)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
"""

UNIT = """\
[Unit]
Description=bot {release}

[Service]
User={user}
Group=www-data
UMask=0007
EnvironmentFile=-{place}/shared/env/{release}.env
ExecStartPre=-/bin/rm -f {socket}
ExecStart=/usr/bin/python3 {place}/releases/{release}/app/server.py {release} {way} {listen}
Restart=on-failure
RestartSec=1
TimeoutStopSec=20

[Install]
WantedBy=multi-user.target
"""

SITE = """\
upstream bot {{ {upstream} }}
server {{
  listen 8080;
  server_name bot.test;
  location / {{ proxy_pass http://bot; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }}
}}
"""
