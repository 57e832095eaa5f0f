"""Certificates on a host: given ones, and those of a real authority (Pebble) by a real certbot, shown by a real nginx."""

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clawtui.deploy.edge import certificate, served, site_files
from clawtui.deploy.facts import Facts
from clawtui.deploy.spec import Proxy, Spec, Tls
from tests.deploy import sites
from tests.deploy.authority import made
from tests.deploy.runner.apart import PLACE, Apart, apart
from tests.deploy.runner.talk import Refused

pytestmark = pytest.mark.root
LIVE = f"{PLACE}/tls/live"


@pytest.fixture
def host(tmp_path: Path, program: Path) -> Iterator[Apart]:
    made(tmp_path, "authority", "pebble")
    with apart(tmp_path, program, tmp_path / "authority.pem") as host:
        yield host


def proxy(spec: Spec) -> Proxy:
    assert spec.proxy is not None
    return spec.proxy


def given(folder: Path, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    chain, key = made(folder, name, "bot.test", "www.bot.test", by="authority")
    spec = sites.spec(Tls.FILES)
    return certificate(spec, proxy(spec), chain.read_text()), {"key": key.read_text()}


def shown(host: Apart) -> str:
    """Who issued what nginx shows, and the name it is for."""
    return host.sh("sh", "-c", "openssl s_client -connect bot.test:443 -servername bot.test </dev/null 2>&1")


def test_a_given_one_is_shown_and_so_is_the_next_and_after_undo_the_one_before(host: Apart, tmp_path: Path) -> None:
    first, key = given(tmp_path, "first")
    host.line.apply("certificate", secret=key, **first)
    host.line.apply("site", step_id="02-site", **site_files(sites.spec(Tls.FILES), proxy(sites.spec(Tls.FILES))))
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    assert host.sh("curl", "-s", "https://bot.test/plain")  # the authority is believed, so it was checked
    assert "CN = first" in shown(host)
    assert host.line.check("certificate", **first)["state"] == "same"
    second, other = given(tmp_path, "second")
    host.line.ask("unlock")
    host.line.lock("r2")
    found = host.line.check("certificate", **second)
    assert (found["state"], "another certificate" in found["words"]) == ("differs", True)
    host.line.apply("certificate", secret=other, **second)
    assert "CN = second" in shown(host)
    host.line.undo("certificate", **second)
    assert "CN = first" in shown(host)
    mode = host.path(LIVE).parent / host.path(LIVE).readlink() / "privkey.pem"
    assert stat.S_IMODE(mode.stat().st_mode) == 0o600
    assert key["key"].splitlines()[1] not in json.dumps(host.line.records()) + "".join(host.line.out)


def test_a_key_that_was_not_handed_over_is_refused(host: Apart, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"key: no value"):
        host.line.apply("certificate", **given(tmp_path, "first")[0])


@pytest.fixture
def pebble(host: Apart, tmp_path: Path) -> str:
    """The authority's directory; it looks at port 80 of the names that it is asked for."""
    chain, key = made(tmp_path, "pebble", "pebble", by="authority")
    words = {
        "listenAddress": "127.0.0.1:14000",
        "managementListenAddress": "127.0.0.1:15000",
        "httpPort": 80,
        "tlsPort": 443,
    }
    words |= {"certificate": str(chain), "privateKey": str(key)}
    (tmp_path / "pebble.json").write_text(json.dumps({"pebble": words}))
    host.start(
        "env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "pebble", "-config", str(tmp_path / "pebble.json")
    )
    host.sh("curl", "-s", "--retry", "30", "--retry-connrefused", "--retry-delay", "1", "https://pebble:14000/dir")
    return "https://pebble:14000/dir"


def test_an_authority_gives_one_and_the_next_is_shown_without_anybody(host: Apart, pebble: str) -> None:
    spec = sites.spec(Tls.ACME)
    spec = replace(spec, proxy=replace(proxy(spec), acme_directory=pebble, acme_email="ops@bot.test"))
    asked = certificate(spec, proxy(spec), "")
    assert host.line.check("certificate", **asked)["state"] == "differs"
    steps = list(served(spec, Facts(), None))
    assert [step.kind for step in steps] == ["site", "certificate", "site"]
    done = [host.line.apply(s.kind, step_id=f"0{n}", deadline_s=s.deadline_s, **s.params) for n, s in enumerate(steps)]
    assert host.line.ask("survey")["facts"]["certificate"]["names"] == ["bot.test", "www.bot.test"]
    assert re.fullmatch(r"certificate until \d{4}-\d\d-\d\d", done[1]["words"])
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    assert host.ask("https://www.bot.test/v1/x")["path"] == "/x"
    assert "issuer=CN = Pebble Intermediate" in shown(host)
    assert host.line.check("certificate", **asked)["state"] == "same"
    before = host.sh("openssl", "x509", "-serial", "-noout", "-in", f"{LIVE}/fullchain.pem")
    command = next(line for line in asked["files"][0]["text"].splitlines() if line.startswith("ExecStart="))
    host.sh(*command.removeprefix("ExecStart=").split(), "--force-renewal", "--no-random-sleep-on-renew")
    after = host.sh("openssl", "x509", "-serial", "-noout", "-in", f"{LIVE}/fullchain.pem")
    assert before != after
    serial = after.partition("=")[2].strip()
    look = "openssl s_client -connect bot.test:443 </dev/null 2>/dev/null | openssl x509 -serial -noout"
    program = f"until {look} | grep -q $0; do :; done"
    host.sh("timeout", "30", "sh", "-c", program, serial)


def test_an_authority_that_cannot_reach_the_name_says_so_and_nothing_is_shown(host: Apart, pebble: str) -> None:
    spec = sites.spec(Tls.ACME)
    spec = replace(spec, proxy=replace(proxy(spec), acme_directory=pebble))
    words = r"no certificate by https://pebble:14000/dir: Domain: (www\.)?bot\.test Detail: .*connection refused"
    with pytest.raises(Refused, match=words):
        host.line.apply("certificate", deadline_s=120, **certificate(spec, proxy(spec), ""))
    assert not host.path(LIVE).exists()
