"""The agent on hosts with systemd: watched, killed, upgraded, under every Python it promises (ways to root: fleet_become)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.layout import UNIT
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.agent.status import status
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.connections import Connections
from clawtui.fleet.link import Ending, Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.fleet.conftest import NEWEST, OLDEST, pythons
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

pytestmark = [pytest.mark.root, pytest.mark.slow]
BECOMING = Becoming(Nobody())
# everything on a host that could be the agent's: files, processes, accounts
TRACES = """\
find / -xdev -name '*clawtui*' 2>/dev/null
ps -eo args | grep '[c]lawtui' | grep -v '^sh -c find '
getent passwd clawtui-agent
getent group clawtui-agent
"""
# makes a Python of the machine's the only one of the host
ONLY = """\
rm -f /usr/bin/python3*
ln -sfn /opt/python{0}/bin/python{0} /usr/local/bin/python3
echo /opt/python{0}/lib >/etc/ld.so.conf.d/python.conf
ldconfig
"""
CLEAN = """\
id clawtui-agent 2>/dev/null || [ -d /home/guest/.local ] || exit 0
systemctl stop clawtui-agent
pkill -9 -f '[c]lawtui_agent'
rm -rf /opt/clawtui /etc/systemd/system/clawtui* /var/lib/clawtui* /run/clawtui* /tmp/clawtui* /home/*/.local
userdel clawtui-agent
systemctl daemon-reload
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of({"HOME": str(tmp_path)})


@asynccontextmanager
async def link_to(bed: Testbed, name: str, places: Places) -> AsyncIterator[Link]:
    async with Connections(bed.fleet(), SshOptions(), places, Nobody(), environ={}) as connections:
        yield await connections.link(bed.as_host(bed.host(name)))


@pytest.fixture
def clean(systemd: Testbed) -> Iterator[Testbed]:
    """No host has an agent before a test, whatever the one before it left."""
    yield systemd
    for machine in systemd.hosts:
        systemd.sh(machine.name, CLEAN)


async def answer(link: Link, command: str) -> str:
    reply = await link.run(command, timeout_s=20)
    assert reply.ending is Ending.OK, reply
    return reply.text


async def agent_pid(link: Link) -> int:
    return int(await answer(link, f"systemctl show -p MainPID --value {UNIT}"))


async def test_the_unit_is_hardened_and_runs_as_a_user_of_its_own(clean: Testbed, places: Places) -> None:
    async with link_to(clean, "h000", places) as link:
        await install(link, BECOMING, places)
        assert await answer(link, f"systemctl show -p User --value {UNIT}") == "clawtui-agent"
        assert await answer(link, f"systemctl show -p NoNewPrivileges --value {UNIT}") == "yes"
        assert await answer(link, "stat -c %a /run/clawtui-agent /run/clawtui-agent/agent.sock") == "750\n660"
        assert await answer(link, f"systemctl show -p Result --value {UNIT}") == "success"


async def test_a_killed_agent_is_started_again(clean: Testbed, places: Places) -> None:
    async with link_to(clean, "h000", places) as link:
        await install(link, BECOMING, places)
        before = await agent_pid(link)
        await answer(link, f"kill -9 {before}")
        async with asyncio.timeout(15):
            while (await agent_pid(link)) in (0, before) or (await status(link)).state != "running":
                await asyncio.sleep(0.2)


async def test_its_numbers_are_those_of_its_own_host(clean: Testbed, places: Places) -> None:
    async with link_to(clean, "h000", places) as link:
        await install(link, BECOMING, places)
        channel = await link.open_socket("/run/clawtui-agent/agent.sock")
        await channel.send(b'{"live": {"every": 1}}')
        hello: dict[str, list[list[object]]] = {}
        samples: list[list[float | None]] = []
        async for line in channel.lines():
            said = json.loads(line)
            if isinstance(said, list):
                samples.append(said)
            elif "hello" in said:
                hello = said["hello"]
            if len(samples) == 3:
                break
        await channel.close()
    place = [str(column[1]) for column in hello["columns"]].index("memory.total")
    total = samples[-1][2 + place]
    assert total is not None
    assert abs(total - 800 * 1024 * 1024) < 1024 * 1024


async def test_an_upgrade_keeps_the_version_before_and_says_what_it_did(clean: Testbed, places: Places) -> None:
    async with link_to(clean, "h000", places) as link:
        await install(link, BECOMING, places)
        ours = await answer(link, "readlink /opt/clawtui/agent/current")
        older = "0123456789abcdef" + ours[ours.index("-psutil") :]
        await answer(
            link, f"cd /opt/clawtui/agent && mv {ours} {older} && ln -sfn {older} current && systemctl restart {UNIT}"
        )
        assert (await status(link)).match == "behind"
        change = await install(link, BECOMING, places, only_upgrade=True)
        assert change.words.startswith("upgraded")
        assert (await status(link)).match == "ours"
        assert await answer(link, f"test -d /opt/clawtui/agent/{older} && echo kept") == "kept"


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(v, marks=[] if v in pythons() else pytest.mark.skip(f"no Python {v} here"))
        for v in (OLDEST, NEWEST)
    ],
)
@pytest.mark.may_skip("this machine has no pyenv with that Python")
async def test_the_agent_runs_under_the_oldest_and_the_newest_python(
    clean: Testbed, places: Places, version: str
) -> None:
    name = {OLDEST: "h002", NEWEST: "h003"}[version]
    clean.sh(name, ONLY.format(version))
    async with link_to(clean, name, places) as link:
        assert (await install(link, BECOMING, places)).words.startswith("installed")
        said = await answer(link, "/opt/clawtui/agent/current/clawtui-agent once")
        assert json.loads(said.splitlines()[0])["hello"]["python"].startswith(version)
        pid = await agent_pid(link)
        assert f"python{version}" in await answer(link, f"readlink /proc/{pid}/exe")
        assert await answer(link, f"journalctl -u {UNIT} -p warning -o cat --no-pager") in ("", "-- No entries --")
        await remove(link, BECOMING)


@pytest.fixture(scope="module")
def bare() -> Iterator[Testbed]:
    """One host with a Debian of its own and nothing but sshd as first process."""
    with running(Order(hosts=1, own=True)) as bed:
        yield bed


async def test_without_systemd_it_is_a_supervised_process(bare: Testbed, places: Places) -> None:
    before = bare.sh("h000", TRACES).stdout
    async with link_to(bare, "h000", places) as link:
        assert (await install(link, BECOMING, places)).words.startswith("installed")
        await answer(link, "pkill -9 -f 'clawtui_agent/launch.py'")
        async with asyncio.timeout(15):
            while (await status(link)).state != "running":
                await asyncio.sleep(0.2)
        assert (await remove(link, BECOMING)).words == "removed"
    assert bare.sh("h000", TRACES).stdout == before
