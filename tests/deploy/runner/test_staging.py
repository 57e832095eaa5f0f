"""What is brought before anything is switched: bytes, environments, releases, secrets, files. Nothing half is ever believed."""

import contextlib
import http.server
import io
import json
import os
import subprocess
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.runner.talk import Line, Refused, here

Dial = Callable[[], Line]
BYTES = os.urandom(1 << 16) * 400  # 26 MB: several ranges
DIGEST = sha256(BYTES).hexdigest()


def receive(program: Path, place: Path, data: bytes, size: int, offset: int, digest: str = DIGEST) -> dict[str, Any]:
    argv = here(program, "receive", str(place), digest, str(size), str(offset))
    return json.loads(subprocess.run(argv, input=data, capture_output=True, timeout=60).stdout)


@pytest.fixture
def line(dial: Dial) -> Line:
    line = dial()
    line.lock()
    return line


def test_streamed_bytes_are_gone_on_with_where_they_were_cut(program: Path, place: Path, line: Line) -> None:
    words = {"sha256": DIGEST, "size": len(BYTES), "name": "model"}
    assert line.check("blob", **words)["state"] == "differs"
    with pytest.raises(Refused, match="not here"):
        line.apply("blob", **words)
    cut = receive(program, place, BYTES[:1_000_000], len(BYTES), 0)
    assert (cut["ok"], cut["error"]["code"], cut["error"]["have"]) == (False, "failed", 1_000_000)
    assert f"{len(BYTES) - 1_000_000} of {len(BYTES)}" in line.check("blob", **words)["words"]
    assert line.ask("survey", blobs=[DIGEST])["facts"]["partial"] == {DIGEST: 1_000_000}
    assert receive(program, place, BYTES[1_000_000:], len(BYTES), 1_000_000)["ok"]
    assert line.check("blob", **words)["state"] == "same"
    assert (place / "store/blobs" / DIGEST).read_bytes() == BYTES
    assert receive(program, place, b"", len(BYTES), 0)["ok"]


def test_who_hears_nothing_any_more_lets_go_of_the_bytes(program: Path, place: Path) -> None:
    argv = here(program, "receive", str(place), DIGEST, str(len(BYTES)), "0", "--silence", "0.5")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(BYTES[:500_000])
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["error"]["have"] == 500_000  # and its input is open still
    assert receive(program, place, BYTES[500_000:], len(BYTES), 500_000)["ok"]


def test_other_bytes_are_thrown_away(program: Path, place: Path) -> None:
    answer = receive(program, place, b"x" * 1000, 1000, 0)
    assert (answer["error"]["code"], answer["error"]["have"]) == ("failed", 0)
    assert list((place / "store/blobs").iterdir()) == list((place / "store/partial").iterdir()) == []


def test_more_bytes_than_are_there_cannot_be_skipped(program: Path, place: Path) -> None:
    assert "only 0 bytes" in receive(program, place, b"", len(BYTES), 5)["error"]["words"]


@pytest.mark.root
def test_a_full_disk_is_named_with_what_is_wanted_and_what_came_is_kept(program: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", small], check=True)
    try:
        place = small / "bot"
        cut = receive(program, place, BYTES[:5_000_000], 5_000_001, 0)
        assert cut["error"]["have"] == 5_000_000
        error = receive(program, place, BYTES[5_000_000:], len(BYTES), 5_000_000)["error"]
        assert (error["code"], error["have"]) == ("nospace", 5_000_000)
        assert str(place / "store/partial" / DIGEST) in error["words"]
        assert f"{len(BYTES) - 5_000_000} bytes" in error["words"]
    finally:
        subprocess.run(["umount", small], check=True)


def use_up(line: Line) -> None:
    """What is left of the journal's last page."""
    for _ in range(200):
        line.apply("files", files=[])


@pytest.mark.root
def test_nothing_begins_where_it_cannot_be_written_down(program: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
    line = Line(here(program))
    try:
        line.ask("open", service="bot", place=str(small / "bot"))
        line.lock()
        with contextlib.suppress(OSError), (small / "full").open("wb", 0) as file:
            while True:
                file.write(bytes(1000))
        path = tmp_path / "unit"
        with pytest.raises(Refused, match=r"journal\.jsonl|lease") as caught:
            use_up(line)
        with pytest.raises(Refused):
            line.apply("files", files=[wanted(path, "x")])
        assert caught.value.code == "nospace"
        assert not path.exists()
    finally:
        line.close()
        subprocess.run(["umount", small], check=True)


class Ranges(http.server.BaseHTTPRequestHandler):
    """A store that gives ranges and counts them; `expired` refuses."""

    asked: "list[str]"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        start, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
        self.asked.append(start)
        data = BYTES[int(start) : int(end) + 1]
        refused = self.path == "/expired"
        self.send_response(403 if refused else 206)
        self.send_header("Content-Length", "0" if refused else str(len(data)))
        self.end_headers()
        self.wfile.write(b"" if refused else data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def source() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Handler", (Ranges,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_bytes_are_fetched_from_an_address_that_nobody_reads_later(
    program: Path, place: Path, line: Line, source: tuple[str, list[str]]
) -> None:
    url = f"{source[0]}/model?signature=topsecretsignature"
    receive(program, place, BYTES[:1_000_000], len(BYTES), 0)
    step = line.step("blob", sha256=DIGEST, size=len(BYTES), name="model", secret={"url": url})
    assert line.ask("apply", step=step)["changed"]
    assert min(map(int, source[1])) == 1_000_000
    assert len(source[1]) == 4
    assert (place / "store/blobs" / DIGEST).read_bytes() == BYTES
    assert "topsecret" not in json.dumps(line.records()) + "".join(line.out)


def test_an_address_that_expired_is_said_to_be_one(line: Line, source: tuple[str, list[str]]) -> None:
    step = line.step("blob", sha256=DIGEST, size=len(BYTES), name="model", secret={"url": f"{source[0]}/expired"})
    with pytest.raises(Refused, match=r"403.*expired"):
        line.ask("apply", step=step)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def stored(program: Path, place: Path, data: bytes) -> str:
    digest = sha256(data).hexdigest()
    assert receive(program, place, data, len(data), 0, digest)["ok"]
    return digest


def manifest(files: dict[str, bytes]) -> list[dict[str, str]]:
    return [{"path": name, "sha256": sha256(data).hexdigest(), "mode": "0755"} for name, data in files.items()]


APP = {"app.py": b"print('hello')\n", "deep/er/file": b""}


def test_a_release_is_there_wholly_read_only_and_with_its_large_files(program: Path, place: Path, line: Line) -> None:
    archive, model = stored(program, place, packed(APP)), stored(program, place, b"weights")
    words = {"release": "r-1", "archive": archive, "files": manifest(APP), "links": {"models/net.onnx": model}}
    assert line.apply("tree", **words)["changed"]
    app = place / "releases/r-1/app"
    assert {str(p.relative_to(app)) for p in app.rglob("*") if p.is_file()} == {*APP, "models/net.onnx"}
    assert (app / "models/net.onnx").read_bytes() == b"weights"
    assert (app / "app.py").stat().st_mode & 0o777 == 0o555
    assert app.stat().st_mode & 0o222 == 0
    assert line.check("tree", **words)["state"] == "same"
    assert line.apply("tree", **words)["changed"] is False
    assert line.undo("tree", **words)["changed"]
    assert (place / ".claw/failed/r-1/app/app.py").exists()
    assert list((place / "releases").iterdir()) == []


@pytest.mark.parametrize(
    ("inside", "listed", "words"),
    [
        (APP, {**APP, "app.py": b"other"}, "not those of the manifest"),
        ({**APP, "more": b"x"}, APP, "'more'.*not in the manifest"),
        (APP, {**APP, "more": b"x"}, "'more'.*not in the archive"),
        ({"../out": b"x"}, {"../out": b"x"}, "below it"),
    ],
)
def test_an_archive_that_is_not_its_manifest_leaves_nothing(
    program: Path, place: Path, line: Line, inside: dict[str, bytes], listed: dict[str, bytes], words: str
) -> None:
    archive = stored(program, place, packed(inside))
    with pytest.raises(Refused, match=words):
        line.apply("tree", release="r-1", archive=archive, files=manifest(listed))
    assert list((place / "releases").iterdir()) == []
    assert [record["what"] for record in line.records()][-1] == "failed"


def test_secrets_are_in_their_own_place_and_in_no_other(place: Path, line: Line) -> None:
    value = 'gold"fish$`\\ with\nnewline'
    words = {"release": "r-1", "names": ["TOKEN"], "digest": "k1"}
    assert line.ask("apply", step=line.step("secrets", secret={"TOKEN": value}, **words))["changed"]
    path = place / "shared/env/r-1.env"
    assert path.read_text() == 'TOKEN="gold\\"fish\\$\\`\\\\ with\nnewline"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert line.check("secrets", **words)["state"] == "same"
    assert line.check("secrets", **{**words, "digest": "k2"})["state"] == "differs"
    assert [p for p in place.rglob("*") if p.is_file() and p != path and b"gold" in p.read_bytes()] == []
    assert line.undo("secrets", **words)["changed"]
    assert not path.exists()


def test_a_secret_that_a_program_prints_is_hidden(place: Path, line: Line, tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho the key is goldfish; exit 3\n")
    script.chmod(0o755)
    step = line.step("venv", digest="ab" * 8, python=str(script), requirements="", secret={"KEY": "goldfish"})
    with pytest.raises(Refused) as caught:
        line.ask("apply", step=step)
    assert "the key is [KEY]" in caught.value.error["words"]
    assert line.out == ["the key is [KEY]"]
    assert "goldfish" not in json.dumps(line.records())


def wheel(name: str, needs: str = "") -> bytes:
    out = io.BytesIO()
    info = f"{name}-1.0.dist-info"
    more = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{name}.py", "x = 1\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return out.getvalue()


def locked(program: Path, place: Path, data: bytes, digest: str = "") -> dict[str, str]:
    house = stored(program, place, packed({"one-1.0-py3-none-any.whl": data}))
    return {
        "digest": "ab" * 8,
        "python": "python3",
        "requirements": f"one==1.0 --hash=sha256:{digest or sha256(data).hexdigest()}\n",
        "find_links": str(place / "store/blobs" / house),
    }


def test_an_environment_is_built_from_carried_wheels(program: Path, place: Path, line: Line) -> None:
    words = locked(program, place, wheel("one"))
    assert line.check("venv", **words)["state"] == "differs"
    assert line.apply("venv", **words)["changed"]
    python = place / "venvs" / ("ab" * 8) / "bin/python"
    assert subprocess.run([python, "-c", "import one; print(one.x)"], capture_output=True).stdout == b"1\n"
    assert line.check("venv", **words)["state"] == "same"
    assert [path.name for path in (place / "venvs").iterdir()] == ["ab" * 8]


@pytest.mark.parametrize(("needs", "digest", "words"), [("", "0" * 64, "(?i)hash"), ("two>=1", "", "two")])
def test_an_environment_that_is_not_the_lock_is_none(
    program: Path, place: Path, line: Line, needs: str, digest: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        line.apply("venv", **locked(program, place, wheel("one", needs), digest))
    assert list((place / "venvs").iterdir()) == []


def test_what_a_killed_runner_left_of_an_environment_is_built_anew(program: Path, place: Path, dial: Dial) -> None:
    first = dial()
    first.lock()
    words = locked(program, place, wheel("one"))
    first.send("apply", step=first.step("venv", **words))
    venv = place / "venvs" / ("ab" * 8)
    until = time.monotonic() + 30
    while not venv.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    first.kill()
    second = dial()
    second.lock()
    assert [record["what"] for record in second.records()][-2:] == ["intent", "locked"]
    assert second.check("venv", **words)["state"] == "differs"
    assert second.apply("venv", **words)["changed"]


SLOW = "#!/bin/sh\nsleep 300 & echo $! >{0}/child; echo $$ >{0}/shell; echo begun; wait\n"


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_deadline_ends_the_whole_group(line: Line, tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(SLOW.format(tmp_path))
    script.chmod(0o755)
    step = line.step("venv", digest="ab" * 8, python=str(script), requirements="", deadline_s=1)
    with pytest.raises(Refused, match=r"not done in time.*begun") as caught:
        line.ask("apply", step=step)
    assert caught.value.code == "deadline"
    for name in ("child", "shell"):
        assert not alive(int((tmp_path / name).read_text()))


def test_an_engine_that_hangs_up_lets_the_step_end_and_frees_the_lock(dial: Dial, tmp_path: Path) -> None:
    line = dial()
    line.lock()
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\necho begun; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done\n")
    script.chmod(0o755)
    line.send("apply", step=line.step("venv", digest="ab" * 8, python=str(script), requirements=""))
    line.send("apply", step=line.step("venv", digest="cd" * 8, python=str(script), requirements=""))
    assert line.message()["out"] == "begun"
    assert line.process.stdin is not None
    line.process.stdin.close()
    second = dial()
    with pytest.raises(Refused, match="locked by ann"):
        second.lock("r2")
    (tmp_path / "go").touch()
    assert line.process.wait(30) == 0
    assert second.lock("r2")["fence"] == 2
    assert [record["what"] for record in second.records()] == ["locked", "intent", "failed", "locked"]


def wanted(path: Path, text: str, **more: object) -> dict[str, object]:
    return {"path": str(path), "text": text, "mode": "0644", **more}


def test_a_file_that_is_not_ours_is_a_conflict_until_it_is_adopted(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "unit"
    path.write_text("theirs\n")
    found = line.check("files", files=[wanted(path, "ours\n")])
    assert found["state"] == "conflict"
    assert found["diff"][2:] == ["@@ -1 +1 @@", "-theirs", "+ours"]
    with pytest.raises(Refused, match="not ours") as caught:
        line.apply("files", files=[wanted(path, "ours\n")])
    assert (caught.value.code, path.read_text()) == ("conflict", "theirs\n")
    assert line.apply("files", files=[wanted(path, "ours\n")], adopt=True)["changed"]
    assert line.check("files", files=[wanted(path, "newer\n")])["state"] == "differs"
    assert line.undo("files", files=[wanted(path, "ours\n")])["changed"]
    assert path.read_text() == "theirs\n"
    assert line.check("files", files=[wanted(path, "ours\n")])["state"] == "conflict"


def test_a_file_of_ours_that_somebody_changed_is_shown(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "new" / "unit"
    assert line.check("files", files=[wanted(path, "one\n")])["diff"][1] == f"+++ {path}"
    line.apply("files", files=[wanted(path, "one\n")])
    assert line.check("files", files=[wanted(path, "one\n")])["state"] == "same"
    path.write_text("by hand\n")
    found = line.check("files", files=[wanted(path, "one\n")])
    assert found["state"] == "differs"
    assert "changed by hand" in found["words"]
    assert line.ask("survey", paths=[str(path)])["facts"]["files"][str(path)]["drifted"]


def test_undo_brings_back_what_was_there_before_the_rollout_even_after_two_tries(line: Line, tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    line.apply("files", step_id="01-x", files=[wanted(path, "one\n")])
    line.ask("unlock")
    line.lock("r2")
    for text in ("two\n", "three\n"):
        line.apply("files", step_id="01-x", files=[wanted(path, text), wanted(other, text)])
    line.undo("files", step_id="01-x", files=[wanted(path, "three\n"), wanted(other, "three\n")])
    assert path.read_text() == "one\n"
    assert not other.exists()


def test_bytes_that_are_no_text_come_back(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xff\x00")
    path.chmod(0o640)
    line.apply("files", files=[wanted(path, "x")], adopt=True)
    line.undo("files", files=[wanted(path, "x")])
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\xff\x00", 0o640)
