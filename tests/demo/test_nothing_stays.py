"""However a demo ends, no process and no folder of it remain."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from clawtui.demo.fleet import DemoFleet
from clawtui.errors import ClawtuiError
from tests.demo.conftest import login, marked, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARENT = """
import asyncio
from clawtui.demo.fleet import DemoFleet
async def main():
    async with DemoFleet() as demo:
        print(demo.root, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_a_demo_ends_with_everything_it_started(demo: DemoFleet) -> None:
    async with DemoFleet() as second:
        assert marked(second.root), "a second demo runs beside the first"
        async with login(second, second.fleet.hosts[0]) as connection:
            await connection.run("setsid sh -c 'trap \"\" HUP TERM; sleep 60' >/dev/null 2>&1 </dev/null &")
            root = second.root
    assert not marked(root)
    assert not root.exists()
    assert marked(demo.root), "the first demo is not touched by the end of the second"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_killed_demo_leaves_no_process_and_no_folder(number: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout
    root = Path((await parent.stdout.readline()).decode().strip())
    assert marked(root)
    os.kill(parent.pid, number)
    await parent.wait()
    await until(lambda: not root.exists() and not marked(root))


async def test_a_demo_that_was_never_entered_leaves_no_folder(tmp_path: Path) -> None:
    code = "from clawtui.demo.fleet import DemoFleet; DemoFleet(); raise SystemExit('settings are wrong')"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=asyncio.subprocess.DEVNULL, env=dict(os.environ) | {"TMPDIR": str(tmp_path)}
    )
    assert await parent.wait() == 1
    await until(lambda: not any(tmp_path.iterdir()))


async def test_a_demo_that_cannot_begin_leaves_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = DemoFleet()  # others may begin and end meanwhile
    monkeypatch.setattr(demo, "_start_host", _fail)
    with pytest.raises(ClawtuiError, match="broken"):
        async with demo:
            pass
    assert not demo.root.exists()
    assert not marked(demo.root)


async def _fail(name: str) -> None:
    raise ClawtuiError("broken")


async def test_where_it_cannot_write_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ClawtuiError, match=r"nowhere: No such file.*set TMPDIR"):
        DemoFleet(environ={"TMPDIR": str(tmp_path / "nowhere")})
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    with pytest.raises(ClawtuiError, match=r"too long.*set TMPDIR to a shorter"):
        DemoFleet(environ={"TMPDIR": str(deep)})
    assert not any(deep.iterdir())


async def test_it_reads_and_writes_nothing_of_its_visitor(demo: DemoFleet) -> None:
    places = demo.places
    for place in (places.home, places.config, places.state, places.runtime, places.cache, places.system):
        assert place.is_relative_to(demo.root)
    assert demo.root.stat().st_mode & 0o777 == 0o700
    assert all(key.startswith(str(demo.root)) for host in demo.fleet.hosts for key in host.identities)
