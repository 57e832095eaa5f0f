"""Services on hosts with systemd: found without and with an agent, watched side by side, each for itself."""

import asyncio
import json
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Probe, Service
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.fleet.test_fleet_agent import BECOMING, CLEAN, TRACES
from tests.fleet.test_fleet_cli import Operator
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
HOST = "h000"
# a page that works, one without end, one that drips, and a health check; each a unit of its own
SERVER = """
import http.server, sys, time
kind, port = sys.argv[1], int(sys.argv[2])
class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def log_message(self, *_): pass
    def do_GET(self):
        self.send_response(200 if kind != "health" or self.path == "/health" else 404)
        if kind == "flood":
            self.end_headers()
            while True: self.wfile.write(b"x" * 1048576)
        if kind == "drip":
            self.end_headers()
            while True: self.wfile.write(b"#"); self.wfile.flush(); time.sleep(0.2)
        Handler.asked += 20
        n = Handler.asked
        body = "".join(f'http_request_duration_seconds_bucket{{handler="/x",le="{le}"}} {n}\\n' for le in ("0.1", "0.5", "+Inf"))
        body += f'http_request_duration_seconds_count{{handler="/x"}} {n}\\n'
        body += f'http_requests_total{{handler="/x",status="2xx"}} {n}\\n'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
RINGS = 40_000_000  # the test hosts' disk is memory, which counts against the agent's unit there
KINDS = {"page": 8000, "flood": 8001, "drip": 8002, "health": 8003}
STOP = "systemctl stop page flood drip health; rm -f /opt/server.py; " + CLEAN


@pytest.fixture
def serving(systemd: Testbed) -> Iterator[Testbed]:
    """The four of them on the first host, and no agent."""
    systemd.sh(HOST, STOP)
    units = "".join(
        f"systemd-run --quiet --unit={kind} --property=User=nobody python3 /opt/server.py {kind} {port}\n"
        for kind, port in KINDS.items()
    )
    ready = "\n".join(
        f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done" for port in KINDS.values()
    )
    started = systemd.sh(
        HOST, f"printf %s {shlex.quote(SERVER)} >/opt/server.py\n{units}timeout 20 bash -c {shlex.quote(ready)}"
    )
    assert started.returncode == 0, started.stderr
    yield systemd
    systemd.sh(HOST, STOP)


@asynccontextmanager
async def link_to(bed: Testbed, tmp_path: Path, services: tuple[Service, ...]) -> AsyncIterator[Link]:
    host = replace(bed.as_host(bed.host(HOST), "root"), services=services)
    places = Places.of({"HOME": str(tmp_path)})
    async with Connections(bed.fleet(), SshOptions(), places, Nobody(), environ={}) as connections:
        yield await connections.link(host)


async def watched(link: Link, enough: Any) -> dict[tuple[str, str], Any]:
    """Values and reasons by scope and name, as soon as they will do."""
    channel = await link.open_socket("/run/clawtui-agent/agent.sock")
    columns: list[list[Any]] = []
    seen: dict[tuple[str, str], Any] = {}
    try:
        async with asyncio.timeout(25):
            await channel.send(b'{"watch": {"on": true}}')
            await channel.send(b'{"live": {"every": 1}}')
            async for line in channel.lines():
                said = json.loads(line)
                if isinstance(said, dict) and "hello" in said:
                    columns = said["hello"]["columns"]
                elif isinstance(said, list):
                    values = zip(columns, said[2:], strict=True)
                    seen = {(c[0], c[1]): c[4] if value is None else value for c, value in values}
                    if enough(seen):
                        return seen
    except TimeoutError:
        pass
    finally:
        await channel.close()
    raise AssertionError({key: value for key, value in seen.items() if key[0] != "host"})


def test_a_host_without_an_agent_is_looked_through_by_a_script_that_leaves_nothing(
    serving: Testbed, tmp_path: Path
) -> None:
    before = serving.sh(HOST, TRACES).stdout
    code, found = Operator(tmp_path, serving).reads("agent", "discover", HOST, "--json")
    assert code == 0
    assert found["via"] == "a script over SSH, run as root"
    services = {one["name"]: one for one in found["services"]}
    assert set(services) == set(KINDS)
    assert services["page"]["known"]
    assert 'unit = "page.service"' in services["page"]["toml"]
    assert 'metrics = "http://127.0.0.1:8000/metrics"' in services["page"]["toml"]
    assert "it holds the socket" in services["page"]["why"]
    assert 'probe = { tcp = "127.0.0.1:8003" }' in services["health"]["toml"]
    assert "no metrics page: HTTP 404" in services["health"]["why"]
    assert set(serving.sh(HOST, TRACES).stdout.split()) <= set(before.split())  # an earlier test's leavings may go, too


async def test_several_services_stay_independent_and_the_agent_finds_them(serving: Testbed, tmp_path: Path) -> None:
    """One that floods and one that drips cost their own columns only; what is pasted from discover is what is watched."""
    services = (
        *(
            Service(kind, unit=f"{kind}.service", metrics=f"http://127.0.0.1:{KINDS[kind]}/metrics")
            for kind in ("page", "flood", "drip")
        ),
        Service("health", unit="health.service", probe=Probe(url="http://127.0.0.1:8003/health", every_s=1.0)),
        Service("wrong", probe=Probe(url="http://127.0.0.1:8003/wrong", every_s=1.0)),
        Service("shop", compose="shop"),
    )
    before = serving.sh(HOST, TRACES).stdout
    async with link_to(serving, tmp_path, services) as link:
        change = await install(link, BECOMING, Places.of({"HOME": str(tmp_path)}), rings_max_bytes=RINGS)
        assert "restarted clawtui-agent-compose.service" in change.did

        def enough(seen: dict[tuple[str, str], Any]) -> bool:
            return (
                seen[("service:page", "requests.rate")] not in (None, "")
                and "longer than" in str(seen[("service:flood", "requests.rate")])
                and "no answer in time" in str(seen[("service:drip", "requests.rate")])
                and seen[("service:wrong", "up")] == 0.0
                and seen[("service:health", "latency.p95")] not in (None, "")
            )

        seen = await watched(link, enough)
        assert {name: seen[(f"service:{name}", "up")] for name in ("page", "flood", "drip", "health")} == dict.fromkeys(
            KINDS, 1.0
        )
        assert seen[("service:page", "requests.rate")] > 0
        assert seen[("host", "agent.lateness")] < 0.5
        assert seen[("host", "agent.rss")] < 24 * 1_048_576
        assert seen[("service:shop", "process.memory")] == "docker: /run/docker.sock: no such file or directory"
        rights = await link.run("stat -c '%U %a' /run/clawtui-agent-compose/projects.json", timeout_s=10)
        assert rights.text == "root 644"
    _, found = await asyncio.to_thread(Operator(tmp_path, serving).reads, "agent", "discover", HOST, "--json")
    assert {one["name"] for one in found["services"]} == set(KINDS)
    async with link_to(serving, tmp_path, services[:1]) as link:
        change = await install(link, BECOMING, Places.of({"HOME": str(tmp_path)}), rings_max_bytes=RINGS)
        assert "stopped and removed clawtui-agent-compose.service" in change.did
        assert (await remove(link, BECOMING)).words == "removed"
    assert set(serving.sh(HOST, TRACES).stdout.split()) <= set(before.split())  # an earlier test's leavings may go, too
