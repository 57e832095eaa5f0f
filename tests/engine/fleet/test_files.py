"""Files by SFTP and, where there is none, by the shell; half a file is never seen. Against a real sshd."""

import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from clawtui.errors import FileFailed, LinkError
from clawtui.fleet.link import Held
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, host_of, know
from tests.engine.fleet.sshd import Sshd

PATIENT_S = 20.0


@pytest.fixture(params=["internal-sftp", "/bin/false"])
async def link(
    request: pytest.FixtureRequest, sshd: Callable[..., Sshd], places: Places, connect: Connect
) -> AsyncIterator[Held]:
    server = sshd(options=(f"Subsystem sftp {request.param}",))
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host, output_limit=1_000_000) as connections:
        yield await connections.link(host)


async def test_a_file_is_written_whole_with_its_mode_and_read_back(link: Held, tmp_path: Path) -> None:
    path, content = tmp_path / "it's here", bytes(range(256)) * 2000
    for mode in (0o600, 0o755):
        await link.put(content, str(path), mode=mode, timeout_s=PATIENT_S)
        assert path.read_bytes() == content
        assert path.stat().st_mode & 0o777 == mode
    assert await link.get(str(path), timeout_s=PATIENT_S) == content
    assert await link.get(str(path), offset=1000, size=300, timeout_s=PATIENT_S) == content[1000:1300]
    assert await link.get(str(path), offset=len(content), size=10, timeout_s=PATIENT_S) == b""
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


async def test_what_cannot_be_read_or_written_names_the_path(link: Held, tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match=r"absent.*No such file"):
        await link.get(str(tmp_path / "absent"), timeout_s=PATIENT_S)
    with pytest.raises(FileFailed, match=r"no/folder"):
        await link.put(b"x", str(tmp_path / "no/folder"), timeout_s=PATIENT_S)


async def test_a_file_larger_than_the_limit_is_not_held_in_memory(link: Held, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 1_000_001)
    with pytest.raises(FileFailed, match=r"larger than output_limit"):
        await link.get(str(tmp_path / "large"), timeout_s=PATIENT_S)


async def test_a_cut_while_writing_leaves_the_old_file(
    sshd: Callable[..., Sshd], places: Places, connect: Connect, tmp_path: Path
) -> None:
    for subsystem in ("internal-sftp", "/bin/false"):
        server = sshd(subsystem.strip("/").replace("/", "-"), options=(f"Subsystem sftp {subsystem}",))
        know(places, server.known_line())
        host, path = host_of(server), tmp_path / "kept"
        path.write_bytes(b"old")
        async with connect(host, keepalive_busy_s=0.2) as connections:
            link = await connections.link(host)
            await link.run("true", timeout_s=PATIENT_S)
            server.signal(signal.SIGSTOP)
            with pytest.raises(LinkError):
                await link.put(b"new" * 1_000_000, str(path), timeout_s=1)
            server.signal(signal.SIGKILL)
        assert path.read_bytes() == b"old"
