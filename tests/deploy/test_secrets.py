"""Secrets: found or named, whole or refused, and never a word of them where it does not belong."""

import asyncio
import os
import traceback
from pathlib import Path

import pytest

from clawtui.deploy import secrets as module
from clawtui.deploy.secrets import Values, absent, digest_key, fetched
from clawtui.deploy.spec import Secret
from clawtui.errors import Refused
from clawtui.places import Places

VALUE = "hunter2-äß\nsecond line"
ENVIRON = {"PATH": os.environ["PATH"]}


async def value(secret: Secret, folder: Path, **environ: str) -> str:
    return (await fetched((secret,), ENVIRON | environ, folder)).reveal()[secret.name]


def kept(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


async def test_a_value_comes_from_environment_file_or_command(tmp_path: Path) -> None:
    file = kept(tmp_path / "key", VALUE.encode() + b"\n")
    assert await value(Secret("K", env="BOT_K"), tmp_path, BOT_K=VALUE) == VALUE
    assert await value(Secret("K", file=file), tmp_path) == VALUE
    assert await value(Secret("K", command=("cat", "key")), tmp_path) == VALUE  # in the folder of the spec


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("K=plain # why", "plain"),
        ("export K = 'a # b' # why", "a # b"),
        ('K="a\\nb"', "a\nb"),
        ("K=old\nOTHER=x\nK=new", "new"),
        ("K=a#b", "a#b"),
        ("K=a=b ", "a=b"),
    ],
)
async def test_a_value_comes_from_a_line_of_a_dotenv_file(line: str, found: str, tmp_path: Path) -> None:
    file = kept(tmp_path / ".env", f"# K=no\n{line}\n".encode(), 0o644)
    assert await value(Secret("K", dotenv=file), tmp_path) == found


async def test_a_dotenv_file_without_the_name_or_open_to_others_is_refused(tmp_path: Path) -> None:
    file = kept(tmp_path / ".env", b"KEY=hunter2\n")
    with pytest.raises(Refused, match="has no line K="):
        await value(Secret("K", dotenv=file), tmp_path)
    file.chmod(0o666)
    with pytest.raises(Refused, match="chmod go-w"):
        await value(Secret("KEY", dotenv=file), tmp_path)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (Secret("K", env="NO_SUCH"), "secret K: $NO_SUCH is not set"),
        (Secret("K", file=Path("/nonexistent/key")), "secret K: /nonexistent/key is not there"),
        (Secret("K", command=("no-such-program",)), "secret K: there is no no-such-program on PATH"),
    ],
)
async def test_what_will_not_be_found_is_known_without_reading(secret: Secret, words: str, tmp_path: Path) -> None:
    assert absent((secret,), ENVIRON)[0].startswith(words)
    with pytest.raises(Refused, match="secret K"):
        await fetched((secret,), ENVIRON, tmp_path)


async def test_all_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        await fetched(
            (Secret("A", env="NO_A"), Secret("B", env="NO_B"), Secret("C", command=("true",))), ENVIRON, tmp_path
        )
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["secret A", "secret B", "secret C"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("sh", "-c", "echo locked >&2; exit 3"), "sh ended 3: locked"),
        (("sh", "-c", "printf 'hunter2\n'; echo hunter2 >&2; exit 1"), "sh ended 1"),
        (("printf", "\\377\\376"), "is no text in UTF-8"),
        (("head", "-c", "70000", "/dev/zero"), "has more than 65536 bytes"),
        (("true",), "is empty (true)"),
        (("/nonexistent/program",), "No such file or directory"),
    ],
)
async def test_a_command_that_fails_is_told_without_what_it_printed(
    command: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as caught:
        await fetched((Secret("K", command=command),), ENVIRON, tmp_path)
    assert words in str(caught.value)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


async def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMAND_S", 0.3)
    with pytest.raises(Refused, match="gave no answer in"):
        async with asyncio.timeout(30):
            await fetched((Secret("K", command=("sleep", "600")),), ENVIRON, tmp_path)


async def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = kept(tmp_path / "key", b"hunter2", 0o644)
    with pytest.raises(Refused, match=r"has mode 0644; .* chmod 600") as caught:
        await fetched((Secret("K", file=file),), ENVIRON, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_value_is_in_no_repr_and_hidden_in_what_others_say() -> None:
    values = Values({"K": "hunter2", "LONG": "hunter2-long", "S": "ab", "PEM": "-----BEGIN\nabcdef\n"})
    assert "hunter2" not in f"{values!r} {values}"
    assert values.hidden("got hunter2 and hunter2-long, ab") == "got [K] and [LONG], ab"
    assert values.hidden("line abcdef of it") == "line [PEM] of it"
    assert values.names == ("K", "LONG", "PEM", "S")


def test_the_digest_tells_a_change_only_to_whoever_has_the_key(tmp_path: Path) -> None:
    key = digest_key(Places.of({"HOME": str(tmp_path)}))
    one, same, other = Values({"A": "1", "B": "2"}), Values({"B": "2", "A": "1"}), Values({"A": "1", "B": "3"})
    assert one.digest("bot", key) == same.digest("bot", key) != other.digest("bot", key)
    assert one.digest("bot", key) != one.digest("web", key)
    assert one.digest("bot", key) != one.digest("bot", bytes(32))
    # names and values do not run into each other
    assert Values({"A": "1,B"}).digest("bot", key) != Values({"A,B": "1"}).digest("bot", key)


def test_the_key_is_made_once_for_its_operator_alone(tmp_path: Path) -> None:
    places = Places.of({"HOME": str(tmp_path)})
    key = digest_key(places)
    assert (key, len(key)) == (digest_key(places), 32)
    assert [path.name for path in places.state.iterdir()] == ["secrets.key"]
    assert (places.state / "secrets.key").stat().st_mode & 0o777 == 0o600
    (places.state / "secrets.key").chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        digest_key(places)
    kept(places.state / "secrets.key", b"short")
    with pytest.raises(Refused, match="is no key of 32 bytes"):
        digest_key(places)
