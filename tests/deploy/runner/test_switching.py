"""From one release to the next on a real systemd host, and every way back."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.runner.on_host import PLACE, OnHost, eventually, socket, unit
from tests.deploy.runner.service import SITE
from tests.deploy.runner.talk import Refused
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
T = 4.0
# of dead-men in tests


@pytest.fixture
def host(systemd: Testbed, program: Path) -> Iterator[OnHost]:
    """With a line to it, and nothing on it yet."""
    host = OnHost(systemd, systemd.hosts[0].name, program)
    host.clear()
    host.install()
    host.dial()
    yield host
    host.close()
    host.clear()


def test_a_release_beside_another_takes_its_place_and_the_other_ends(host: OnHost) -> None:
    assert host.line.hello["systemd"] >= 252
    host.rollout("r-1")
    assert host.serves() == "r-1"
    host.rollout("r-2", "r-1")
    assert host.serves() == "r-2"
    assert (host.active("r-1"), host.enabled("r-1"), host.enabled("r-2")) == (False, False, True)
    state = host.state()
    assert state == {
        "version": 1,
        "current": "r-2",
        "previous": "r-1",
        "confirmed": ["r-2", "r-1"],
        "live": unit("r-2"),
    }
    current = json.loads(host.sh(f"cat {PLACE}/current.json"))
    assert (current["version"], current["service"], current["release"]) == (1, "bot", "r-2")
    (instance,) = current["instances"]
    assert instance["metrics"] == f"unix:{socket('r-2')}:/metrics"
    assert (instance["unit"], instance["socket"]) == (unit("r-2"), socket("r-2"))
    assert instance["cgroup"].endswith(unit("r-2"))
    assert host.sh(f"stat -c %a {PLACE}/current.json {PLACE}") == "644\n755\n"
    assert host.sh(f"readlink {PLACE}/current").strip() == "releases/r-2"
    # nothing is to be done again
    listen = {"socket": socket("r-2")}
    keep = {"release": "r-2", "unit": unit("r-2"), "old_unit": unit("r-1")}
    assert host.line.check("instance", unit=unit("r-2"), listen=listen, ready={"path": "/ready"})["state"] == "same"
    assert host.line.check("switch", **host.switching("r-2", "r-1"))["state"] == "same"
    assert host.line.check("verify", release="r-2")["state"] == "same"
    assert host.line.check("keep", **keep)["state"] == "same"


def test_the_agent_may_ask_an_instance_and_strangers_may_not(host: OnHost) -> None:
    made = host.bed.sh(host.name, "useradd --system --no-create-home clawtui-agent").returncode == 0
    try:
        host.stage("r-1")
        host.instance("r-1")
        assert host.line.check("user", name="bot")["state"] == "same"
        asked = f"curl -s --unix-socket {socket('r-1')} http://x/"
        assert host.sh(f"runuser -u clawtui-agent -- {asked}") == "r-1"
        assert host.bed.sh(host.name, f"runuser -u guest -- {asked}").returncode == 7
    finally:
        if made:
            host.bed.sh(host.name, "userdel clawtui-agent")


def test_one_that_does_not_start_is_told_with_its_last_lines(host: OnHost) -> None:
    host.rollout("r-1")
    host.stage("r-2", "dies")
    with pytest.raises(Refused, match=r"no model at /models/net\.onnx"):
        host.instance("r-2")
    assert host.active("r-2") is False
    assert host.serves() == "r-1"


def test_a_secret_that_a_service_tells_as_it_ends_is_not_told_on(host: OnHost) -> None:
    host.stage("r-1", "tells")
    secrets = host.line.step("secrets", release="r-1", names=["TOKEN"], digest="k", secret={"TOKEN": 'gold"fish'})
    host.line.ask("apply", step=secrets)
    with pytest.raises(Refused, match=r"bad token \[TOKEN\]"):
        host.instance("r-1")
    assert "gold" not in json.dumps(host.records()) + "".join(host.line.out)


def test_one_that_answers_wrongly_is_told_with_what_it_answers(host: OnHost) -> None:
    host.stage("r-2", "wrong")
    host.instance("r-2")
    golden = {"path": "/", "method": "POST", "expect": "r-2", "within_s": 5}
    asked = {"path": "/ready", "times": 1, "within_s": 5, "golden": golden}
    words = {"release": "r-2", "unit": unit("r-2"), "listen": {"socket": socket("r-2")}}
    with pytest.raises(Refused, match=r"'wrong', expected is 'r-2'"):
        host.line.apply("verify", ready=asked, **words)


def test_one_that_is_never_ready_fails_in_its_own_time(host: OnHost) -> None:
    host.stage("r-2", "sick")
    with pytest.raises(Refused, match=r"/ready answers 500"):
        host.instance("r-2", within_s=1)
    assert host.active("r-2") is False


def test_a_switch_that_is_taken_back_leaves_what_was(host: OnHost) -> None:
    host.rollout("r-1")
    before = host.sh(f"cat {PLACE}/current.json")
    host.begin("r2")
    host.stage("r-2")
    host.instance("r-2")
    host.switch("r-2", "r-1", dead_man_s=60)
    assert host.serves() == "r-2"
    assert json.loads(host.sh(f"cat {PLACE}/current.json"))["release"] == "r-2"
    assert host.line.undo("switch", **host.switching("r-2", "r-1"))["changed"]
    assert host.serves() == "r-1"
    assert host.active("r-2") is False
    assert host.sh(f"cat {PLACE}/current.json") == before
    assert host.line.ask("survey")["facts"]["armed"] is None
    assert host.state()["live"] == unit("r-1")
    assert "clawtui-deadman" not in host.sh("ls /etc/systemd/system")


def test_a_kept_release_is_taken_back_step_by_step(host: OnHost) -> None:
    host.rollout("r-1")
    host.begin("r2")
    host.stage("r-2")
    host.instance("r-2")
    host.switch("r-2", "r-1")
    host.keep("r-2", "r-1")
    assert host.active("r-1") is False
    host.line.undo("keep", release="r-2", unit=unit("r-2"), old_unit=unit("r-1"))
    assert (host.active("r-1"), host.serves()) == (True, "r-2")
    host.line.undo("switch", **host.switching("r-2", "r-1"))
    host.line.undo("instance", unit=unit("r-2"))
    assert (host.serves(), host.active("r-2")) == ("r-1", False)
    assert (host.state()["current"], host.state()["live"]) == ("r-1", unit("r-1"))
    assert host.enabled("r-1")


def test_in_place_the_old_one_ends_first_and_comes_back_on_undo(host: OnHost) -> None:
    host.rollout("r-1")
    host.begin("r2")
    host.stage("r-2")
    host.switch("r-2", "r-1", mode="in-place")
    assert (host.serves(), host.active("r-1")) == ("r-2", False)
    host.line.undo("switch", **host.switching("r-2", "r-1", mode="in-place"))
    assert (host.serves(), host.active("r-2")) == ("r-1", False)


def armed(host: OnHost, after_s: float = T) -> None:
    """Switched to r-2 and not kept."""
    host.rollout("r-1")
    host.begin("r2")
    host.stage("r-2")
    host.instance("r-2")
    host.switch("r-2", "r-1", dead_man_s=after_s)
    assert host.serves() == "r-2"


def test_a_host_whose_runner_was_killed_goes_back_by_itself(host: OnHost) -> None:
    armed(host)
    host.kill_runner()
    eventually(lambda: host.records("reverted"), "reverted")
    assert host.serves() == "r-1"
    assert host.active("r-2") is False
    record = host.records("reverted")[-1]
    assert (record["rollout"], record["by"], record["from"], record["release"]) == ("r2", "dead-man", "r-2", "r-1")
    eventually(lambda: "clawtui-deadman" not in host.sh("systemctl list-timers --all; ls /etc/systemd/system"))


def test_a_host_that_goes_back_by_itself_serves_the_site_of_before(host: OnHost) -> None:
    host.rollout("r-1")
    host.begin("r0")
    site = "/etc/nginx/conf.d/clawtui-bot.conf"
    file = host.file(site, "server { listen 8080; return 200 old; }\n", "nginx", "nginx-reload")
    host.line.apply("site", step_id="02-site", files=[file])
    host.begin("r2")
    host.stage("r-2")
    host.instance("r-2")
    host.line.apply("site", step_id="02-site", files=[{**file, "text": file["text"].replace("old", "new")}])
    host.switch("r-2", "r-1", dead_man_s=T)
    host.kill_runner()
    eventually(lambda: host.records("reverted"), "reverted")
    eventually(lambda: host.sh("curl -s http://127.0.0.1:8080/") == "old", "the site of before")
    assert host.serves() == "r-1"


def test_a_runner_killed_in_mid_switch_leaves_a_host_that_can_be_gone_on_with(host: OnHost) -> None:
    host.rollout("r-1")
    host.begin("r2")
    host.stage("r-2", "late")
    switching = host.switching("r-2", "r-1", dead_man_s=120, mode="in-place")
    host.line.send("apply", step=host.line.step("switch", **switching))
    eventually(lambda: host.active("r-2"), "it begins")
    host.kill_runner()
    assert [record["what"] for record in host.records()][-2:] == ["intent", "armed"]
    host.dial().lock("r2")
    host.held = True
    assert host.line.check("switch", **switching)["state"] == "differs"
    assert host.line.apply("switch", **switching)["changed"]
    assert host.serves() == "r-2"
    host.line.undo("switch", **switching)
    assert (host.serves(), host.state()["live"]) == ("r-1", unit("r-1"))


def test_so_does_one_whose_cable_was_cut_although_its_runner_lives(host: OnHost) -> None:
    armed(host)
    host.bed.cut(host.name)
    eventually(lambda: host.records("reverted"), "reverted")
    assert host.serves() == "r-1"
    host.bed.heal(host.name)
    host.line.process.kill()


def test_signs_of_life_put_it_off_and_keeping_ends_it(host: OnHost) -> None:
    armed(host)
    for _ in range(3):
        left = host.line.ask("beat")["armed_left_s"]
        assert left > 0
        eventually(lambda: host.line.ask("survey")["facts"]["armed"]["left_s"] < T / 2)
        assert host.line.ask("beat")["armed_left_s"] > T - 1
    host.keep("r-2", "r-1")
    assert host.line.ask("survey")["facts"]["armed"] is None
    assert host.serves() == "r-2"
    assert host.records("reverted") == []


def test_a_host_that_is_started_anew_in_the_gap_serves_and_then_goes_back(host: OnHost) -> None:
    armed(host, 8.0)
    host.bed.reboot(host.name)
    eventually(lambda: host.serves() == "r-2", "both start at boot, and requests still go to the new one")
    eventually(lambda: host.records("reverted"), "reverted")
    assert host.serves() == "r-1"
    assert (host.active("r-2"), host.enabled("r-2")) == (False, False)


def test_an_hour_on_the_clock_neither_fires_nor_stays_it(host: OnHost) -> None:
    armed(host, 6.0)
    host.bed.clock(host.name, 3600)
    assert host.serves() == "r-2"
    assert host.line.ask("beat")["armed_left_s"] > 3
    host.bed.clock(host.name, -3600)
    host.kill_runner()
    eventually(lambda: host.records("reverted"), "reverted")
    assert host.serves() == "r-1"


def test_a_new_holder_is_told_and_can_fire_it(host: OnHost) -> None:
    armed(host, 120)
    host.kill_runner()
    told = host.dial().lock("r3", owner="ben")["armed"]
    host.held = True
    assert (told["rollout"], told["release"], told["old_release"]) == ("r2", "r-2", "r-1")
    assert 0 < told["left_s"] <= 120
    host.stage("r-3")
    host.instance("r-3")
    with pytest.raises(Refused, match="rollout r2 can still go back here by itself"):
        host.switch("r-3", "r-2", dead_man_s=60)
    assert host.line.ask("fire")["changed"]
    assert host.serves() == "r-1"
    host.switch("r-3", "r-1", dead_man_s=60)
    assert host.serves() == "r-3"


def test_one_that_goes_on_with_the_rollout_adopts_it_by_its_first_beat(host: OnHost) -> None:
    armed(host)
    host.kill_runner()
    assert host.dial().lock("r2")["armed"]["left_s"] > 0
    eventually(lambda: host.line.ask("beat")["armed_left_s"] > T - 1)
    assert host.line.check("switch", **host.switching("r-2", "r-1"))["state"] == "same"
    host.keep("r-2", "r-1")
    assert (host.serves(), host.records("reverted")) == ("r-2", [])


def test_nginx_is_tried_before_it_is_touched(host: OnHost) -> None:
    host.sh("systemctl start nginx")
    path = "/etc/nginx/conf.d/clawtui-bot.conf"
    bad = host.file(path, "server { listen 8080; location / { no_such_thing; } }\n", "nginx", "nginx-reload")
    host.begin("r1")
    with pytest.raises(Refused, match=r'unknown directive "no_such_thing" in /etc/nginx/conf\.d/clawtui-bot\.conf'):
        host.line.apply("files", files=[bad])
    assert host.bed.sh(host.name, f"test -e {path}").returncode
    assert host.sh("ls /run").count("clawtui-nginx") == 0
    assert host.sh("systemctl is-active nginx").strip() == "active"


def test_a_unit_that_systemd_would_not_take_is_not_written(host: OnHost) -> None:
    path = f"/etc/systemd/system/{unit('r-9')}"
    bad = host.file(path, "[Service]\nExecStart=relative/path\n", "systemd", "daemon-reload")
    host.begin("r1")
    with pytest.raises(Refused, match=r"systemd would not take .*r-9"):
        host.line.apply("files", files=[bad])
    assert host.bed.sh(host.name, f"test -e {path}").returncode


def go(host: OnHost, release: str, port: int, old: str) -> dict[str, object]:
    """A whole rollout of a service on ports, without its end; what was asked of the switch."""
    host.begin(f"to-{release}")
    host.stage(release, port=port)
    words = {"release": release, "unit": unit(release)}
    ready = {"path": "/ready", "times": 1, "within_s": 20}
    host.line.apply("instance", listen={"port": port}, ready=ready, **words)
    old_unit = unit(old) if old else ""
    switch = {**words, "link": {"port": port}, "mode": "beside", "old_unit": old_unit, "dead_man_s": 60}
    host.line.apply("switch", **switch)
    if not old:
        text = SITE.format(upstream=f"include {PLACE}/upstream.conf;")
        site = host.file("/etc/nginx/conf.d/clawtui-bot.conf", text, "nginx", "nginx-reload")
        host.line.apply("files", step_id="02-site", files=[site])
    asked = {"listen": {"port": port}, "ready": {**ready, "golden": {"path": "/", "expect": release}}}
    through = {"port": 8080, "host": "bot.test"}
    assert "through bot.test" in host.line.apply("verify", through=through, **asked, **words)["words"]
    return switch


def end(host: OnHost, release: str, port: int, old: str) -> None:
    words = {"release": release, "unit": unit(release), "listen": {"port": port}}
    host.line.apply("keep", old_unit=unit(old) if old else "", stop_s=10, **words)


def test_a_service_on_ports_is_switched_and_taken_back_behind_its_doors(host: OnHost) -> None:
    go(host, "r-1", 9001, "")
    end(host, "r-1", 9001, "")
    switch = go(host, "r-2", 9002, "r-1")
    assert host.line.check("switch", **switch)["state"] == "same"
    host.line.undo("switch", **switch)
    assert host.sh("curl -s -H 'Host: bot.test' http://127.0.0.1:8080/") == "r-1"
    assert host.active("r-2") is False


def test_so_is_one_on_a_host_that_has_nothing_to_make_doors_of(host: OnHost) -> None:
    program = "/lib/systemd/systemd-socket-proxyd"
    host.sh(f"mv {program} {program}.away")
    try:
        go(host, "r-1", 9001, "")
        end(host, "r-1", 9001, "")
        go(host, "r-2", 9002, "r-1")
        end(host, "r-2", 9002, "r-1")
        assert host.sh(f"cat {PLACE}/upstream.conf") == "server 127.0.0.1:9002;\n"
    finally:
        host.sh(f"mv {program}.away {program}")


@pytest.mark.parametrize("ports", [(), (9000, 9001)], ids=["sockets", "ports"])
def test_switches_under_load_fail_no_request(host: OnHost, ports: tuple[int, ...]) -> None:
    def roll(number: int) -> None:
        old, new = f"r-{number - 1}" if number else "", f"r-{number}"
        if ports:
            go(host, new, ports[number % 2], old)
            end(host, new, ports[number % 2], old)
            return
        host.begin(f"rollout-{number}")
        host.stage(
            new, "slow" if number == 2 else "well", site="" if old else f"server unix:{PLACE}/shared/run/live.sock;"
        )
        host.instance(new)
        host.switch(new, old, dead_man_s=60)
        host.keep(new, old)

    roll(0)
    load = Path(__file__).with_name("load.py").read_bytes()
    host.run("cat >/tmp/load.py", load)
    client = subprocess.Popen(
        host.ssh(f"exec python3 /tmp/load.py 8080 8 {PLACE}/current.json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    assert client.stdout.readline() == b"busy\n"
    last = 3 if ports else 5
    for number in range(1, last + 1):
        roll(number)
    client.stdin.close()
    said = json.loads(client.stdout.read())
    client.stdout.close()
    client.wait(30)
    assert (said["failed"], said["wrong"]) == (0, [])
    assert set(said["seen"]) == {f"r-{number}" for number in range(last + 1)} == set(said["current"])
    # every connection was kept through all of it: nginx itself ends one after a thousand requests
    assert said["opened"] <= 8 + sum(said["seen"].values()) // 1000


def test_what_no_release_needs_is_pruned(host: OnHost) -> None:
    for number in range(1, 4):
        host.rollout(f"r-{number}", f"r-{number - 1}" if number > 1 else "")
    assert host.line.check("prune", keep=1)["diff"] == ["- r-1"]
    assert host.line.apply("prune", keep=1)["changed"]
    assert host.sh(f"ls {PLACE}/releases").split() == ["r-2", "r-3"]  # what serves, and what served before it
    assert host.sh("ls /etc/systemd/system | grep clawtui-bot").split() == [unit("r-2"), unit("r-3")]
    assert host.state()["confirmed"] == ["r-3", "r-2"]
    assert host.line.check("prune", keep=1)["state"] == "same"
    assert host.serves() == "r-3"
