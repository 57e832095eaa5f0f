"""The agent installed without root in somebody's home, over a real sshd."""

from pathlib import Path

from clawtui.fleet.agent import bundle
from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.agent.status import status
from clawtui.fleet.link import Link
from clawtui.places import Places
from tests.cli.sshd import Sshd


def left(host: Sshd) -> list[Path]:
    """Files in the host's home."""
    return [path for path in host.home.rglob("*") if path.is_file()]


async def test_install_upgrade_status_and_remove(host: Sshd, link: Link, places: Places) -> None:
    change = await install(link, places)
    assert change.words.startswith("installed: 3 good samples"), change
    assert (await install(link, places)).words.startswith("nothing to do")
    seen = await status(link)
    assert (seen.state, seen.match, seen.folder) == ("running", "ours", bundle.current_folder())
    assert 0 < seen.rss < 64 * 1024 * 1024
    gone = await remove(link)
    assert any(words.startswith("removed") for words in gone.did), gone
    assert left(host) == [], gone
    assert left(host) == []
    assert (await status(link)).state == "none"
    assert (await remove(link)).words.startswith("nothing to do")
