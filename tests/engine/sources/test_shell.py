"""What a host says in the loop's place, over a real OpenSSH server: noise, floods, lies, half a block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clawtui.errors import WireError
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet
from clawtui.fleet.prompts import Nobody
from clawtui.metrics.sample import Hello, Sample
from clawtui.metrics.source import BadLine, Message
from clawtui.metrics.sources.shell import ShellSource
from tests.engine.fleet.sshd import SSHD
from tests.engine.sources.conftest import QUICK, Box

pytestmark = pytest.mark.skipif(not SSHD, reason="no sshd here; apt-get install openssh-server")
GREETING = "clawtui proc 1\n=who\nbox\nboot\n"
GOOD = """\
=clock
1700000000.25
=numbers
proc/stat:cpu  100 0 0 900 0 0 0 0 0 0
proc/uptime:10.00 1.0
proc/loadavg:0.5 1 1 1/1 1
=end
"""
BAD = "=numbers\nproc/uptime:NaN 1\n=end\n"


@asynccontextmanager
async def saying(plain: Box, command: str) -> AsyncIterator[ShellSource]:
    host = plain.host()
    async with Connections(Fleet("x", hosts=(host,)), QUICK, plain.places, Nobody(), environ={}) as links:
        source = ShellSource("a", await (await links.link(host)).open(command), ())
        yield source
        await source.close()


async def heard(plain: Box, text: str) -> list[Message]:
    """Everything that a host's words become."""
    (plain.folder / "words").write_text(text)
    async with saying(plain, f"cat {plain.folder}/words") as source:
        return [message async for message in source.messages()]


async def test_what_a_login_prints_before_is_passed_over(plain: Box) -> None:
    hello, sample = await heard(plain, "Welcome!\n=end\n\x1b[31mhi\n" + GREETING + GOOD)
    assert isinstance(hello, Hello)
    assert (hello.host, hello.boot_id) == ("box", "boot")
    assert isinstance(sample, Sample)
    assert sample.at == 1700000000.25


async def test_half_a_block_is_no_sample(plain: Box) -> None:
    messages = await heard(plain, GREETING + GOOD + GOOD[:-6])
    assert [type(message) for message in messages] == [Hello, Sample]


async def test_a_bad_block_costs_itself_only(plain: Box) -> None:
    messages = await heard(plain, GREETING + GOOD + BAD + GOOD.replace("10.00", "11.00"))
    assert [type(message) for message in messages] == [Hello, Sample, BadLine, Sample]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"printf '{GREETING}'; while :; do printf '{BAD}'; done", "a block without /proc/uptime"),
        (f"printf '{GREETING}'; yes =numbers", "5001 lines from its shell and no end"),
        ("yes", "101 lines from its shell and no end"),
        (f"printf '{GREETING}'; head -c 10000000 /dev/zero | tr '\\0' x", "a line longer than"),
    ],
    ids=["nonsense", "no end", "noise", "10 MB line"],
)
async def test_a_host_that_talks_nonsense_is_given_up(plain: Box, command: str, words: str) -> None:
    async with saying(plain, command) as source:
        heard: list[Message] = []
        with pytest.raises(WireError, match=words):
            await _into(heard, source)
    assert all(isinstance(message, BadLine) for message in heard)


async def _into(heard: list[Message], source: ShellSource) -> None:
    async for message in source.messages():
        heard.append(message)  # noqa: PERF401 - what was heard before the failure is what counts


async def test_names_are_harmless(plain: Box) -> None:
    text = GREETING.replace("box", "b\x1b]0;x\x07") + GOOD.replace(
        "=numbers", "=blocks\n/dev/sda 10 5 5 50% /m\x1b[2J\n=numbers"
    )
    hello = (await heard(plain, text))[0]
    assert isinstance(hello, Hello)
    assert "\x1b" not in hello.host
    assert not any("\x1b" in column.key.scope for column in hello.columns)
