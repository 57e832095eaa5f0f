"""A key whose forced command is `clawtui-agent proxy`: what reads works, the rest is refused in words by the host itself."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.engine.boundary.charts import RangeAnswer, RangeQuery
from clawtui.engine.boundary.hosts import HostDetail, HostQuery, HostView
from clawtui.engine.boundary.processes import Processes, ProcessesQuery
from clawtui.engine.boundary.shell import ShellQuery
from clawtui.engine.boundary.value import State
from clawtui.errors import AgentError, FileFailed, Refused
from clawtui.fleet.agent.probe import probe
from clawtui.fleet.connections import Connections
from clawtui.fleet.doctor import examine
from clawtui.fleet.host import AgentUse, Become, Fleet
from clawtui.fleet.link import Ending
from clawtui.fleet.prompts import Nobody
from tests.agent.running import config
from tests.engine.doubles import until
from tests.engine.fleet.sshd import SSHD
from tests.engine.sources.conftest import QUICK, Box, box

pytestmark = pytest.mark.skipif(not SSHD, reason="no sshd here; apt-get install openssh-server")
READS_ONLY = "this key may only read"


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Box]:
    """An agent that runs, and a key that leads to it alone."""
    socket = tmp_path / "run/agent.sock"
    agent = [sys.executable, "-m", "clawtui_agent"]
    running = subprocess.Popen([*agent, "run", "--config", config(tmp_path)])
    try:
        with box(tmp_path, command=f"{sys.executable} -m clawtui_agent proxy --socket {socket}") as made:
            made.agent = running
            yield made
    finally:
        running.terminate()
        running.wait(10)


def live(row: HostView) -> bool:
    return row.state is State.OK and row.metrics.get("cpu.busy") is not None


@pytest.mark.parametrize("use", list(AgentUse))
async def test_everything_that_reads_works(readers: Box, use: AgentUse) -> None:
    async with readers.followed(agent=use) as watched:
        row = await watched.becomes(live)
        said = await watched.engine.ask(HostQuery("a"))
        processes = await watched.engine.ask(ProcessesQuery("a"))
        now = time.time()
        past = await watched.engine.ask(RangeQuery("a", ("cpu.busy",), now - 30, now + 1, 30))
        year = await watched.engine.ask(RangeQuery("a", ("cpu.busy",), now - 400 * 86_400, now + 1, 300))
        with pytest.raises(Refused, match="a: this key cannot open a shell, it may only read"):
            await watched.engine.ask(ShellQuery("a"))
    assert row.badges == ()
    assert isinstance(said, HostDetail)
    assert said.facts["role"].startswith("read")
    assert isinstance(processes, Processes)
    assert processes.processes
    assert isinstance(past, RangeAnswer)
    assert any(value is not None for value in past.mean[0])
    assert isinstance(year, RangeAnswer)
    assert any(value is not None for value in year.mean[0]), "an agent without a whole hour has it in a finer tier"


async def test_where_sshd_forwards_nothing_an_agent_is_reached_through_its_proxy(tmp_path: Path) -> None:
    (tmp_path / "clawtui-agent").mkdir(mode=0o700)
    socket = tmp_path / "clawtui-agent/agent.sock"
    running = subprocess.Popen(
        [sys.executable, "-m", "clawtui_agent", "run", "--config", config(tmp_path, socket=str(socket))]
    )
    try:
        with box(tmp_path, options=("DisableForwarding yes",)) as made:
            launcher = tmp_path / "home/.local/share/clawtui-agent/m/current/clawtui-agent"
            launcher.parent.mkdir(parents=True)
            launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m clawtui_agent "$@"\n')
            launcher.chmod(0o755)
            async with made.followed() as watched:
                row = await watched.becomes(live)
                said = await watched.engine.ask(HostQuery("a"))
    finally:
        running.terminate()
        running.wait(10)
    assert row.badges == ()
    assert isinstance(said, HostDetail)
    assert "through its proxy: sshd did not forward to it" in said.facts["numbers from"]


async def test_the_rest_is_refused_and_nobody_believes_it_was_done(readers: Box) -> None:
    host = readers.host()
    fleet = Fleet("x", hosts=(host,))
    async with Connections(fleet, QUICK, readers.places, Nobody(), environ={}) as links:
        link = await links.link(host)
        reply = await link.run("uptime", timeout_s=10)
        assert (reply.ending, reply.status, reply.stdout) == (Ending.FAILED, 77, b"")
        assert READS_ONLY in reply.stderr.decode()
        with pytest.raises(FileFailed, match=READS_ONLY):
            await link.put(b"x", "/tmp/never", timeout_s=10)
        with pytest.raises(FileFailed, match=READS_ONLY):
            await link.get("/etc/hostname", timeout_s=10)
        with pytest.raises(AgentError, match=READS_ONLY):
            await probe(link, Become.NONE)
        checks = await examine(fleet, host, links, readers.places)
    assert any(READS_ONLY in check.words for check in checks), checks


async def test_a_command_that_only_mentions_the_proxy_is_refused_too(readers: Box) -> None:
    host = readers.host()
    async with Connections(Fleet("x", hosts=(host,)), QUICK, readers.places, Nobody(), environ={}) as links:
        reply = await (await links.link(host)).run("rm -rf x; clawtui-agent proxy", timeout_s=10)
    assert reply.status == 77


async def test_when_the_agent_ends_the_row_says_so_in_the_proxys_words(readers: Box) -> None:
    async with readers.followed() as watched:
        await watched.becomes(live)
        socket = readers.folder / "run/agent.sock"
        assert readers.agent is not None
        readers.agent.terminate()
        await until(lambda: not socket.exists(), 10)
        row = await watched.becomes(lambda row: row.state is State.NO_AGENT)
    assert row.why == "this key leads to the agent's proxy, and no agent answers it there"
    assert row.remedy == "have the agent started on a: this key may only read"
