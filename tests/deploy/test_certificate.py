"""Certificates that come as files: what is wrong with them is said before a host is touched."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.deploy.certificate import day, read
from clawtui.deploy.spec import Proxy, Tls
from clawtui.errors import ConfigError
from tests.deploy.authority import made

FILE = Path("/x/service.toml")
DAY = 86400.0


def proxy(folder: Path, *names: str, days: int = 100) -> Proxy:
    chain, key = made(folder, "bot", *names, days=days)
    return Proxy(("bot.test", "WWW.bot.test"), Tls.FILES, chain, key)


def test_one_that_fits_says_its_names_and_its_end(tmp_path: Path) -> None:
    now = time.time()
    found = read(proxy(tmp_path, "bot.test", "*.bot.test"), FILE, now)
    assert found.names == ("bot.test", "*.bot.test")
    assert day(found.until) == day(now + 100 * DAY)
    assert found.warnings(now) == ()
    assert found.warnings(now + 90 * DAY) == (f"the certificate ends {day(found.until)}: get the next one",)


def test_a_name_that_it_does_not_hold_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is for bot\.test, \*\.a\.bot\.test, not for WWW\.bot\.test"):
        read(proxy(tmp_path, "bot.test", "*.a.bot.test"), FILE, time.time())


def test_one_that_ended_or_has_not_begun_is_refused(tmp_path: Path) -> None:
    given = proxy(tmp_path, "bot.test", "*.bot.test")
    with pytest.raises(ConfigError, match=r"ended \d{4}-"):
        read(given, FILE, time.time() + 101 * DAY)
    with pytest.raises(ConfigError, match=r"begins .* clock"):
        read(given, FILE, time.time() - DAY)


def test_a_key_of_another_one_is_refused_and_never_shown(tmp_path: Path) -> None:
    given = proxy(tmp_path, "bot.test", "*.bot.test")
    _, other = made(tmp_path, "other")
    with pytest.raises(ConfigError, match=r"other\.key is not the key of .*bot\.pem") as refused:
        read(replace(given, key=other), FILE, time.time())
    assert "PRIVATE" not in str(refused.value)


def test_what_is_no_certificate_is_said_to_be_none(tmp_path: Path) -> None:
    given = proxy(tmp_path, "bot.test", "*.bot.test")
    with pytest.raises(ConfigError, match=r"bot\.key is no certificate in PEM"):
        read(replace(given, certificate=given.key), FILE, time.time())
    (tmp_path / "garbage").write_bytes(b"\xff\x00")
    with pytest.raises(ConfigError, match="garbage is no certificate"):
        read(replace(given, certificate=tmp_path / "garbage"), FILE, time.time())
