"""Run by root: asks docker which containers belong to which compose project and writes it where the agent may read it.

It waits for docker's events and costs nothing in between. The agent itself never touches docker's socket: that would be root.
"""

import contextlib
import http.client
import json
import os
import select
import socket
import time
import urllib.parse

FOLDER = os.environ.get("RUNTIME_DIRECTORY", "/run/clawtui-agent-compose")
DOCKER = os.environ.get("DOCKER_HOST", "").partition("unix://")[2] or "/run/docker.sock"
PROJECT, SERVICE = (
    "com.docker.compose.project",
    "com.docker.compose.service",
)  # docker-compose 1.29 and compose v2 alike
AGAIN = 5.0  # seconds until docker is asked again when it did not answer
CALM = 0.3  # seconds: a project that starts makes many events
LONGEST = 300.0  # seconds between two looks, in case an event was lost
PATIENCE = 10.0
MOST = 4194304  # bytes of one answer
BROKEN = (OSError, http.client.HTTPException, ValueError)


class Docker(http.client.HTTPConnection):
    """HTTP over docker's unix socket."""

    def connect(self):
        """To the socket instead of a port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(DOCKER)
        self.line = self.sock  # `sock` is forgotten where the server says that it will close

    def asked(self, path, **filters):
        """The response, its body unread."""
        query = "?filters=" + urllib.parse.quote(json.dumps(filters)) if filters else ""
        self.request("GET", path + query)
        response = self.getresponse()
        if response.status != 200:
            raise http.client.HTTPException("HTTP %d" % response.status)
        return response


def get(path, **filters):
    """One answer."""
    with contextlib.closing(Docker("docker", timeout=PATIENCE)) as docker:
        return json.loads(docker.asked(path, **filters).read(MOST))


def projects():
    """Running containers by project."""
    found = {}
    for item in get("/containers/json", label=[PROJECT]):
        with contextlib.suppress(*BROKEN):  # it ended meanwhile
            pid = get("/containers/%s/json" % item["Id"])["State"]["Pid"]
            labels = item["Labels"]
            member = {"id": item["Id"], "service": labels.get(SERVICE, ""), "pid": pid, "cgroup": cgroup(pid)}
            if pid:
                found.setdefault(labels[PROJECT], []).append(member)
    return found


def cgroup(pid):
    """Where its processes are, in the hierarchy that the agent looks in first."""
    best = ""
    with open("/proc/%d/cgroup" % pid) as lines:
        for line in lines:
            number, names, path = line.rstrip("\n").split(":", 2)
            if path != "/" and (number == "0" or names == "name=systemd"):
                return path
            best = best or path.rstrip("/")
    return best


def write(**said):
    """Whole or not at all; the folder is root's own, so nobody can put a link in the way."""
    path = FOLDER + "/projects.json"
    text = json.dumps({"version": 1, **said}, sort_keys=True)
    with contextlib.suppress(OSError), open(path) as file:
        if file.read() == text:
            return
    os.makedirs(FOLDER, 0o755, exist_ok=True)
    with open(path + ".part", "w") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(text)
    os.rename(path + ".part", path)


def follow():
    """Subscribed before each look, so that nothing falls in between; ends when docker does."""
    with contextlib.closing(Docker("docker", timeout=PATIENCE)) as docker:
        events = docker.asked("/events", type=["container"], event=["start", "die", "rename"])
        while True:
            write(projects=projects())
            patience = LONGEST
            while not events.closed and select.select([docker.line], [], [], patience)[0]:
                patience = CALM
                if not docker.line.recv(65536):
                    raise http.client.HTTPException("it ended the stream of events")


while True:
    try:
        follow()
    except BROKEN as error:
        write(projects={}, trouble="%s: %s" % (DOCKER, str(getattr(error, "strerror", None) or error).lower()))
    time.sleep(AGAIN)
