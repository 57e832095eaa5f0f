"""A security key that waits for a finger is said, as long as it waits. Its hardware is played: nothing else can be."""

import asyncio
import os
import subprocess
from pathlib import Path

import asyncssh

from clawtui.fleet.links.asyncssh.touch import TouchKeyPair, is_touched
from clawtui.fleet.links.openssh.asking import Asking, Conversation
from clawtui.fleet.patience import Patience
from tests.engine.fleet.conftest import Keyboard
from tests.engine.fleet.sshd import keygen
from tests.engine.fleet.test_keys import add, agent  # noqa: F401 - a fixture


async def until_asked(keyboard: Keyboard, count: int) -> None:
    async with asyncio.timeout(10):
        while len(keyboard.asked) < count:
            await asyncio.sleep(0.01)


async def test_ssh_asks_for_a_finger_through_the_helper_and_ends_it_when_it_came(
    tmp_path: Path, keyboard: Keyboard
) -> None:
    asking = Asking(keyboard, Path("/tmp") / f"clawtui-touch-{os.getpid()}")
    asking.folder.mkdir(mode=0o700)
    await asking.start()
    try:
        async with asyncio.timeout(20) as timeout:
            asking.logins["1"] = login = Conversation("web", Patience(timeout), lambda: None)
            environ = {**os.environ, **asking.environment("1"), "SSH_ASKPASS_PROMPT": "none"}
            words = "Confirm user presence for key ED25519-SK SHA256:abc"
            helper = await asyncio.create_subprocess_exec(str(asking.helper), words, env=environ)
            await until_asked(keyboard, 1)
            assert timeout.when() is None  # no time passes meanwhile
            helper.terminate()  # as ssh does
            await helper.wait()
            while not login.answered:
                await asyncio.sleep(0.01)
        assert keyboard.asked == ["Touch your security key ED25519-SK SHA256:abc"]
        assert (login.answered, login.unanswered) == (["touch"], [])
    finally:
        await asking.close()
        subprocess.run(["rm", "-r", asking.folder], check=True)


async def test_a_signature_by_the_agent_is_announced_and_is_the_agents(
    tmp_path: Path,
    keyboard: Keyboard,
    agent: str,  # noqa: F811 - the fixture
) -> None:
    key = keygen(tmp_path / "held")
    add(agent, key)
    client = asyncssh.SSHAgentClient(agent)
    (pair,) = await client.get_keys()
    assert isinstance(pair, asyncssh.SSHAgentKeyPair)
    assert not is_touched(pair)
    async with asyncio.timeout(20) as timeout:
        signature = await TouchKeyPair(pair, keyboard, "web", Patience(timeout)).sign_async(b"data")
    client.close()
    assert asyncssh.read_public_key(f"{key}.pub").verify(b"data", signature)
    assert keyboard.asked == ["Touch your security key held"]
