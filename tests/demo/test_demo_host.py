"""One local host is a host: keys, commands, terminals, files, sockets, jumps."""

import asyncio
from pathlib import Path

import asyncssh
import pytest

from clawtui.demo.fleet import DemoFleet
from clawtui.demo.machines import BUDGET
from tests.demo.conftest import AGENT, login, watch

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_only_the_demos_own_key_gets_in(demo: DemoFleet) -> None:
    host = demo.fleet.hosts[0]
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        async with login(demo, host, client_keys=[stranger]):
            pass


async def test_host_keys_are_known_before_the_first_connection_and_differ(demo: DemoFleet) -> None:
    lines = demo.places.known_hosts.read_text().splitlines()
    assert len({line.split()[2] for line in lines}) == len(demo.fleet.hosts)
    first, second = demo.fleet.hosts[:2]
    async with login(demo, first):
        pass
    lied = demo.root / "lied"
    lied.write_text(lines[1].replace(str(second.port), str(first.port)) + "\n")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with login(demo, first, known_hosts=str(lied)):
            pass


async def test_a_command_has_its_own_home_streams_and_ending(demo: DemoFleet) -> None:
    host = demo.fleet.hosts[1]
    async with login(demo, host) as connection:
        reply = await connection.run("cat; pwd; echo $HOME; echo bad >&2; exit 3", input="in\n")
        home = str(demo.root / "web-2/home")
        assert (reply.stdout, reply.stderr, reply.exit_status) == (f"in\n{home}\n{home}\n", "bad\n", 3)
        killed = await connection.run("kill -9 $$")
        assert killed.exit_signal
        assert killed.exit_signal[0] == "KILL"
        many = await connection.run("head -c 3000000 /dev/zero", encoding=None)
        assert len(many.stdout) == 3_000_000


async def test_a_shell_gets_a_terminal_of_the_right_size(demo: DemoFleet) -> None:
    async with login(demo, demo.fleet.hosts[0]) as connection:
        shell = await connection.create_process(term_type="xterm", term_size=(91, 33))
        shell.stdin.write("stty size; tty\n")
        seen = ""
        async with asyncio.timeout(30):
            while "33 91" not in seen or "/dev/pts/" not in seen:
                seen += await shell.stdout.read(1000)
            shell.change_terminal_size(70, 20)
            shell.stdin.write("stty size; exit 4\n")
            while "20 70" not in seen:
                seen += await shell.stdout.read(1000)
            await shell.wait()
        assert shell.exit_status == 4


async def test_what_a_client_started_ends_when_it_hangs_up(demo: DemoFleet) -> None:
    async with login(demo, demo.fleet.hosts[0]) as connection:
        process = await connection.create_process("echo $$; exec sleep 60")
        pid = int(await process.stdout.readline())
    async with asyncio.timeout(30):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)


async def test_files_go_over_sftp(demo: DemoFleet) -> None:
    async with login(demo, demo.fleet.hosts[2]) as connection, connection.start_sftp_client() as sftp:
        async with sftp.open("note", "wb") as file:
            await file.write(b"hello")
        assert (demo.root / "gpu-1/home/note").read_bytes() == b"hello"


async def test_only_sockets_of_the_host_are_reached(demo: DemoFleet) -> None:
    async with login(demo, demo.fleet.hosts[0]) as connection:
        for path in (AGENT, str(demo.root / "web-1/control.sock")):
            _, writer = await connection.open_unix_connection(path)
            writer.close()
        for path in (str(demo.root / "web-2/control.sock"), f"{demo.root}/web-1/../web-2/control.sock", "/run/x.sock"):
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_unix_connection(path)


async def test_the_edge_is_reached_through_its_bastion(demo: DemoFleet) -> None:
    edge = demo.fleet.host("edge-1")
    assert edge
    assert edge.jump == ("web-1",)
    bastion = demo.fleet.host("web-1")
    assert bastion
    async with login(demo, bastion) as first, login(demo, edge, tunnel=first) as second:
        assert (await second.run("pwd")).stdout == f"{demo.root}/edge-1/home\n"


async def test_every_agent_has_live_numbers_of_its_own_tree(demo: DemoFleet) -> None:
    def live(values: dict[str, float | None]) -> bool:
        wanted = ("host cpu.busy", "host memory.available", "service:bot requests.rate", "service:bot process.memory")
        if any(values.get(name) is None for name in wanted):
            return False
        available, total = values["host memory.available"] or 0, values["host memory.total"] or 0
        assert 600e6 < available < total == pytest.approx(BUDGET), "a calm host keeps clear of the shipped memory rule"
        assert values["host load.1m"] is None, "load belongs to the machine"
        return True

    await asyncio.gather(*(watch(demo, host.name, live, 8) for host in demo.fleet.hosts))
