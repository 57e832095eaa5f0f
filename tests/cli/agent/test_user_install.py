"""The agent installed without root in somebody's home, over a real sshd; what goes wrong leaves the host as it was."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clawtui.errors import AgentError
from clawtui.fleet.agent import bundle
from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.probe import probe
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.agent.scripts import verb
from clawtui.fleet.agent.status import status
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.link import Ending, Link
from clawtui.places import Places
from tests.cli.sshd import UID, Sshd

SAMPLES_S = 2.0  # a broken release gives none, however long one waits


def left(host: Sshd) -> list[Path]:
    """Files in the host's home."""
    return [path for path in host.home.rglob("*") if path.is_file()]


async def killed_and_started_again(link: Link) -> None:
    """The supervisor's work."""
    before = (await link.run("pgrep -u $(id -u) -f launch.py", timeout_s=10)).text.split()[0]
    again = f'until p="$(pgrep -u $(id -u) -f launch.py)" && [ "$p" != {before} ]; do sleep 0.1; done'
    reply = await link.run(f"kill -9 {before}; {again}", timeout_s=20)
    assert reply.ending is Ending.OK
    async with asyncio.timeout(20):
        while (await status(link)).state != "running":
            await asyncio.sleep(0.1)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A release of the agent that starts, says why it can't, and ends."""
    sources = bundle.agent_sources()
    sources["agent.py"] = b'raise SystemExit("this release is broken")\n'
    monkeypatch.setattr(bundle, "agent_sources", lambda: sources)
    yield
    monkeypatch.undo()


async def test_installed_looked_at_and_removed_without_a_trace(
    host: Sshd, link: Link, becoming: Becoming, places: Places
) -> None:
    change = await install(link, becoming, places)
    assert change.words.startswith("installed: 3 good samples"), change
    assert (await install(link, becoming, places)).words.startswith("nothing to do")
    seen = await status(link)
    assert (seen.state, seen.match, seen.folder) == ("running", "ours", bundle.current_folder())
    assert 0 < seen.rss < 64 * 1024 * 1024
    await killed_and_started_again(link)
    gone = await remove(link, becoming)
    assert any(words.startswith("removed") for words in gone.did), gone
    assert left(host) == []
    assert (await probe(link, await becoming.rights(link))).current == ""
    assert (await remove(link, becoming)).words.startswith("nothing to do")


@pytest.mark.usefixtures("broken")
async def test_a_first_agent_without_samples_is_taken_away_again(
    host: Sshd, link: Link, becoming: Becoming, places: Places
) -> None:
    with pytest.raises(AgentError, match=r"0 of 3 good samples.*taken away again.*this release is broken"):
        await install(link, becoming, places, samples_s=SAMPLES_S)
    assert left(host) == []


async def test_an_upgrade_without_samples_brings_the_version_before_back(
    link: Link, becoming: Becoming, places: Places, request: pytest.FixtureRequest
) -> None:
    await install(link, becoming, places)
    request.getfixturevalue("broken")
    with pytest.raises(AgentError, match=r"0 of 3 good samples.*runs again"):
        await install(link, becoming, places, samples_s=SAMPLES_S)
    seen = await status(link)
    assert (seen.state, seen.match) == ("running", "behind")
    assert len((await probe(link, await becoming.rights(link))).installed) == 1


async def test_half_an_upload_changes_nothing(host: Sshd, link: Link, becoming: Becoming, places: Places) -> None:
    seen = await probe(link, await becoming.rights(link))
    made = bundle.make(host.host(), seen, places)
    assert len(made.archive) < 1_000_000
    parts = {"folder": made.folder, "sha256": made.sha256, "python": seen.python}
    line = verb(seen.rights, seen.layout, "unpack", made.archive[:-1000], **parts)
    reply = await link.run(line.command, stdin=line.stdin, timeout_s=30)
    assert reply.ending is Ending.FAILED
    assert b"cut off" in reply.stderr
    assert left(host) == []


@pytest.mark.root
async def test_a_socket_folder_of_somebody_else_is_refused(
    host: Sshd, link: Link, becoming: Becoming, places: Places
) -> None:
    trap = Path(f"/tmp/clawtui-agent-{UID}")
    trap.mkdir()
    try:
        with pytest.raises(AgentError, match="belongs to somebody else"):
            await install(link, becoming, places)
        assert trap.stat().st_uid == 0
    finally:
        shutil.rmtree(trap, ignore_errors=True)


@pytest.mark.root
async def test_a_full_home_is_said_before_anything_is_sent(
    host: Sshd, link: Link, becoming: Becoming, places: Places
) -> None:
    with mounted(host, "size=4m"):
        with pytest.raises(AgentError, match="make room there"):
            await install(link, becoming, places)
        assert left(host) == []


@pytest.mark.root
@pytest.mark.parametrize(("how", "words"), [("noexec,size=400m", "mounted noexec"), ("ro", "mounted read-only")])
async def test_a_home_that_takes_no_programs_or_files_is_evaded_said_and_left_without_a_trace(
    host: Sshd, link: Link, becoming: Becoming, places: Places, how: str, words: str
) -> None:
    spare = Path(f"/var/tmp/clawtui-agent-{UID}")
    with mounted(host, how):
        change = await install(link, becoming, places)
        assert any(words in done and f"it lives in {spare}/" in done for done in change.did), change
        assert left(host) == []
        assert spare.stat().st_mode & 0o777 == 0o700
        seen = await status(link)
        assert (seen.state, seen.notes) == ("running", ("does not start by itself after a reboot",))
        assert (await install(link, becoming, places)).words.startswith("nothing to do")
        assert (await remove(link, becoming)).words == "removed"
    assert not spare.exists()


@contextmanager
def mounted(host: Sshd, how: str) -> Iterator[None]:
    """A home on a file system of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"{how},uid={UID}", "tmpfs", host.home], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", host.home], check=True)
