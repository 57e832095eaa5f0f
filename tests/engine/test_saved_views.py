"""Saved views survive: sessions, crashes, full disks, strangers' bytes and two screens at once."""

import json
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clawtui.engine.boundary.views import RemoveView, SavedView, SaveView, Views, ViewsQuery
from clawtui.engine.local import LocalEngine
from clawtui.engine.saved_views import ViewStore
from clawtui.errors import ConfigError, UsageError
from clawtui.fleet.host import Fleet
from clawtui.places import Places
from clawtui.settings import Settings

NIGHT = SavedView("night", "p95", True, "site", ("gpu", "!canary"), True, 300.0)


def test_a_view_is_there_in_the_next_session(tmp_path: Path) -> None:
    ViewStore(tmp_path / "a/views.json").save(NIGHT)
    assert ViewStore(tmp_path / "a/views.json").all() == (NIGHT,)
    assert (tmp_path / "a/views.json").stat().st_mode & 0o777 == 0o600


def test_a_name_is_kept_once_and_can_be_removed(tmp_path: Path) -> None:
    store = ViewStore(tmp_path / "views.json")
    store.save(NIGHT)
    store.save(SavedView("night", "cpu"))
    store.save(SavedView("day"))
    assert [(view.name, view.sort) for view in store.all()] == [("day", "triage"), ("night", "cpu")]
    store.remove("night")
    with pytest.raises(UsageError, match="no view 'night'; saved: day"):
        store.remove("night")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"[]", b'{"version": 1, "views": [{"name": 3}]}', b'{"version": 2, "views": []}'],
)
def test_a_file_that_cannot_be_read_is_a_sentence_and_is_never_written_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "views.json"
    path.write_bytes(content)
    for act in (ViewStore(path).all, lambda: ViewStore(path).save(NIGHT), lambda: ViewStore(path).remove("night")):
        with pytest.raises(ConfigError, match=r"views\.json"):
            act()
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["", "save", "rm", "a b", "a/b", "\x1b[6n", "x" * 41])
def test_a_name_that_could_not_be_typed_again_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a view"):
        ViewStore(tmp_path / "views.json").save(SavedView(name))
    assert not (tmp_path / "views.json").exists()


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    store = ViewStore(tmp_path / "views.json")
    store.save(NIGHT)
    before = (tmp_path / "views.json").read_bytes()
    program = (
        "import resource, signal; from pathlib import Path; from clawtui.engine.saved_views import ViewStore; "
        "from clawtui.engine.boundary.views import SavedView; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); "
        f"ViewStore(Path({str(tmp_path / 'views.json')!r})).save(SavedView('day', filters=('x' * 500,)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert "the view was not saved: File too large" in ended.stderr
    assert (tmp_path / "views.json").read_bytes() == before
    assert not list(tmp_path.glob(".views.json.[0-9]*"))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100


def test_two_screens_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    savers = [threading.Thread(target=ViewStore(path).save, args=(SavedView(f"v{n}"),)) for n in range(20)]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    assert len(ViewStore(path).all()) == 20
    assert json.loads(path.read_text())["version"] == 1


async def test_the_engine_keeps_views_and_says_what_is_wrong(tmp_path: Path) -> None:
    places = Places.of({"HOME": str(tmp_path)})
    async with LocalEngine(Fleet("f"), Settings(), (), places, follow=False) as engine:
        assert (await engine.do(SaveView(NIGHT))).done
        assert await engine.ask(ViewsQuery()) == Views((NIGHT,))
        assert (await engine.do(RemoveView("night"))).done
        refused = await engine.do(RemoveView("night"))
        assert (refused.done, refused.code, refused.words) == (False, 64, "no view 'night'; saved: none")
