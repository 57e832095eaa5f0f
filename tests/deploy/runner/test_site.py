"""Sites by the far runner and a real nginx, asked with real requests."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clawtui.deploy.edge import site_files
from clawtui.deploy.spec import Spec, Tls
from tests.deploy import sites
from tests.deploy.runner.apart import PLACE, Apart, apart
from tests.deploy.runner.talk import Refused

pytestmark = pytest.mark.root
CONF = "/etc/nginx/conf.d/clawtui-bot.conf"


@pytest.fixture
def host(tmp_path: Path, program: Path) -> Iterator[Apart]:
    with apart(tmp_path, program) as host:
        yield host


def put(host: Apart, spec: Spec, **words: Any) -> dict[str, Any]:
    return host.line.apply("site", **wanted(spec), **words)


def wanted(spec: Spec) -> dict[str, Any]:
    assert spec.proxy is not None
    return dict(site_files(spec, spec.proxy))


def test_requests_reach_the_service_by_the_paths_that_were_rewritten(host: Apart) -> None:
    put(host, sites.spec())
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    for path, found in {
        "/": "/",
        "/plain?q=1%202": "/plain?q=1%202",
        "/v1/predict?x=1": "/predict?x=1",
        "/v1": "/",
        "/v10/predict": "/v10/predict",
        "/api": "/inner",
        "/api/a/b": "/inner/a/b",
        "/apis": "/apis",
        "/it's%20(a)%20~%2520b/c": "/x/c",
    }.items():
        assert host.ask(f"http://bot.test{path}")["path"] == found, path
    headers = host.ask("http://www.bot.test/")["headers"]
    assert (headers["Host"], headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == (
        "www.bot.test",
        "127.0.0.1",
        "http",
    )
    assert headers["Connection"] == "close"


def test_a_body_up_to_the_limit_is_taken(host: Apart) -> None:
    put(host, sites.spec())
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    assert host.ask("http://bot.test/", "--data", "x" * 2000)["body"] == 2000
    assert host.ask("http://bot.test/", "--data", "x" * 2001)["status"] == 413


def test_a_connection_that_asks_to_be_upgraded_is_handed_on_both_ways(host: Apart) -> None:
    put(host, sites.spec())
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    asked = b"GET /talk HTTP/1.1\r\nHost: bot.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    program = (
        "import socket,sys; s=socket.create_connection(('127.0.0.1',80),30); s.sendall(bytes.fromhex(sys.argv[1]))\n"
        "d=b''\n"
        "while not d.endswith(b'\\r\\n\\r\\n'): d+=s.recv(1)\n"
        "s.sendall(b'hello'); print(d.split()[1].decode(), s.recv(5).decode())"
    )
    assert host.sh("python3", "-c", program, asked.hex()) == "101 hello\n"


def test_a_port_that_a_switch_will_say_is_no_hindrance(host: Apart) -> None:
    put(host, sites.spec(port=8000))
    assert host.ask("http://bot.test/")["status"] == 502
    assert host.line.check("site", **wanted(sites.spec(port=8000)))["state"] == "same"


def test_what_nginx_does_not_take_is_not_written(host: Apart) -> None:
    words = wanted(sites.spec())
    words["files"][0]["text"] += "\nserver { listen ; }\n"
    with pytest.raises(Refused, match=rf"nginx would not take {CONF}: .*listen"):
        host.line.apply("site", **words)
    assert not host.path(CONF).exists()


def test_a_site_that_is_not_ours_is_a_conflict_until_it_is_adopted(host: Apart) -> None:
    host.path(CONF).write_text("# by hand\n")
    found = host.line.check("site", **wanted(sites.spec()))
    assert (found["state"], "-# by hand" in found["diff"]) == ("conflict", True)
    with pytest.raises(Refused, match=r"not ours; .*adopt") as refused:
        put(host, sites.spec())
    assert refused.value.code == "conflict"
    assert put(host, sites.spec(), adopt=True)["changed"]
    host.line.undo("site", **wanted(sites.spec()))
    assert host.path(CONF).read_text() == "# by hand\n"


def test_another_site_with_the_same_name_is_a_conflict(host: Apart) -> None:
    host.path("/etc/nginx/conf.d/old.conf").write_text("server { listen 80; server_name bot.test; }\n")
    found = host.line.check("site", **wanted(sites.spec()))
    assert (found["state"], "another site of this nginx answers for bot.test" in found["words"]) == ("conflict", True)
    with pytest.raises(Refused, match=r"another site .* bot\.test on 0\.0\.0\.0:80"):
        put(host, sites.spec())


def test_undo_serves_what_was_served_before(host: Apart) -> None:
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    put(host, sites.spec())
    host.line.ask("unlock")
    host.line.lock("r2")
    put(host, sites.spec(rewrites=()))
    assert host.ask("http://bot.test/v1/x")["path"] == "/v1/x"
    host.line.undo("site", **wanted(sites.spec(rewrites=())))
    assert host.ask("http://bot.test/v1/x")["path"] == "/x"


def test_a_switch_by_renaming_the_socket_loses_nobody_who_keeps_a_connection(host: Apart) -> None:
    put(host, sites.spec())
    for who in ("one", "two"):
        host.serve(f"{PLACE}/shared/run/{who}.sock", who)
    host.live("one.sock")
    program = (
        "import http.client,json,sys\nc=http.client.HTTPConnection('bot.test',timeout=30)\n"
        "for line in sys.stdin:\n c.request('GET','/'); r=c.getresponse(); print(json.load(r)['who'],flush=True)"
    )
    with subprocess.Popen(host.enter("python3", "-c", program), stdin=-1, stdout=-1, text=True, bufsize=1) as asking:
        assert asking.stdin is not None
        assert asking.stdout is not None
        for who in ("one", "two", "one"):
            link = host.path(f"{PLACE}/shared/run/live.sock")
            part = link.with_name("part")
            part.symlink_to(f"{who}.sock")
            part.replace(link)
            asking.stdin.write("ask\n")
            assert asking.stdout.readline().strip() == who


def test_https_by_a_certificate_of_ones_own_and_http_leads_there(host: Apart) -> None:
    spec = sites.spec(Tls.SELF_SIGNED)
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    host.line.apply("certificate", step_id="01-c", how="self-signed", names=["bot.test", "192.0.2.1"])
    host.line.apply("site", step_id="02-s", **wanted(spec))
    led = host.ask("http://bot.test/v1/x?y=1")
    assert (led["status"], led["to"]) == (308, "https://bot.test/v1/x?y=1")
    answer = host.ask("https://bot.test/v1/x?y=1")
    assert (answer["path"], answer["headers"]["X-Forwarded-Proto"]) == ("/x?y=1", "https")
    assert host.ask("https://bot.test/", "--http2")["status"] == 200
    old = subprocess.run(host.enter("curl", "-sk", "--tls-max", "1.1", "https://bot.test/"), capture_output=True)
    assert old.returncode == 35
    assert host.line.check("certificate", how="self-signed", names=["192.0.2.1", "bot.test"])["state"] == "same"
    found = host.line.check("certificate", how="self-signed", names=["bot.test"])
    assert (found["state"], "certificate for 192.0.2.1, bot.test" in found["words"]) == ("differs", True)


def test_from_http_to_https_and_back_and_to_no_site_at_all(host: Apart) -> None:
    host.serve(f"{PLACE}/shared/run/one.sock")
    host.live("one.sock")
    put(host, sites.spec())
    for number, tls in enumerate((Tls.SELF_SIGNED, Tls.OFF), 2):
        host.line.ask("unlock")
        host.line.lock(f"r{number}")
        if tls is not Tls.OFF:
            host.line.apply("certificate", step_id="01-c", how="self-signed", names=["bot.test"])
        assert host.line.check("site", **wanted(sites.spec(tls)))["state"] == "differs"
        put(host, sites.spec(tls))
        assert host.line.check("site", **wanted(sites.spec(tls)))["state"] == "same"
        assert host.ask("http://bot.test/")["status"] == (200 if tls is Tls.OFF else 308)
    host.line.undo("site", **wanted(sites.spec()))
    assert host.ask("http://bot.test/")["status"] == 308
    host.line.ask("unlock")
    host.line.lock("r9")
    gone = {"files": [], "gone": [CONF, CONF.replace(".conf", "-http.conf")]}
    host.line.apply("site", **gone)
    assert host.line.check("site", **gone)["state"] == "same"
    assert not [path for path in host.path("/etc/nginx/conf.d").iterdir() if "clawtui" in path.name]
