"""Rollouts on real hosts, as an operator types them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.deploy.operator import Operator
from tests.deploy.service import Source
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]


AT_ONCE = 'max_unavailable = "100%"'
ONE_WAVE = f'{AT_ONCE}\ncanary = "0"\nwaves = ["100%"]'


@pytest.fixture
def operator(systemd: Testbed, tmp_path: Path) -> Operator:
    return Operator(tmp_path / "home", systemd)


def source(tmp_path: Path, hosts: str, name: str) -> Source:
    """A service of its own for each test: nothing of another test is on the hosts."""
    return Source(tmp_path / name, name, hosts)


def answers(bed: Testbed, host: str, name: str) -> dict[str, object]:
    """What a user of the service sees."""
    said = bed.sh(host, "curl", "-s", "--unix-socket", f"/srv/clawtui/{name}/shared/run/live.sock", "http://x/")
    return dict(json.loads(said.stdout or "{}"))


def units(bed: Testbed, host: str, name: str) -> list[str]:
    """Instances that run."""
    said = bed.sh(host, "systemctl", "list-units", f"clawtui-{name}@*", "--no-legend", "--plain", "--state=active")
    return [line.split()[0] for line in said.stdout.splitlines()]


def test_a_folder_becomes_a_service_a_change_replaces_it_a_broken_one_goes_back_and_undo_returns(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "h000", "walk")
    first = operator.deploys("apply", str(bot.folder), "--yes")
    assert first.returncode == 0, first.stderr
    assert answers(systemd, "h000", "walk")["version"] == "1"
    again = operator.deploys("apply", str(bot.folder), "--yes")
    assert (again.returncode, "nothing to do" in again.stderr) == (0, True)

    bot.version("2")
    assert operator.deploys("apply", str(bot.folder), "--yes").returncode == 0
    assert answers(systemd, "h000", "walk")["version"] == "2"
    assert len(units(systemd, "h000", "walk")) == 1

    bot.version("3", more="raise SystemExit('no model')")
    broken = operator.deploys("apply", str(bot.folder), "--yes")
    assert broken.returncode == 1
    assert "no model" in broken.stdout
    assert answers(systemd, "h000", "walk")["version"] == "2"

    bot.spec(gates="")
    bot.version("4", answer="0")
    wrong = operator.deploys("apply", str(bot.folder), "--yes")
    assert wrong.returncode == 1
    assert "expected is" in wrong.stdout
    assert answers(systemd, "h000", "walk")["version"] == "2"

    undone = operator.deploys("undo", "walk", "--yes")
    assert undone.returncode == 0, "what has passed its gates once waits for none: " + undone.stdout
    assert answers(systemd, "h000", "walk")["version"] == "1"
    assert len(units(systemd, "h000", "walk")) == 1
    current = json.loads(systemd.sh("h000", "cat", "/srv/clawtui/walk/current.json").stdout)
    assert current["instances"][0]["unit"] == units(systemd, "h000", "walk")[0]


def test_a_service_is_stopped_started_and_started_anew_by_its_name(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "h000", "clock")
    assert operator.deploys("apply", str(bot.folder), "--yes").returncode == 0
    for word, running in (("restart", 1), ("stop", 0), ("start", 1)):
        said = operator.types("service", word, "h000", "clock", "--yes")
        assert said.returncode == 0, said.stdout + said.stderr
        assert len(units(systemd, "h000", "clock")) == running
    assert operator.types("service", "stop", "h000", "nobody", "--yes").returncode == 1


def test_a_login_without_root_deploys_by_sudo_with_a_password_that_is_written_nowhere(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    word, secret = "pw-4711-xyzzy", tmp_path / "secret"
    secret.write_text(word)
    secret.chmod(0o600)
    made = f"id it || useradd -m -s /bin/bash it; echo it:{word} | chpasswd; echo 'it ALL=(ALL) ALL' >/etc/sudoers.d/it"
    systemd.sh("h000", "sh", "-c", made)
    fleet = tmp_path / "fleet.toml"
    become = f'[defaults]\nbecome = "sudo"\nbecome_password = {{ file = "{secret}" }}'
    text = systemd.fleet_file.read_text().replace('user = "root"', 'user = "it"')
    fleet.write_text(text.replace("[defaults]", become))
    bot = source(tmp_path, "h000", "lowly")
    done = operator.deploys("apply", str(bot.folder), "--yes", CLAWTUI_FLEET=str(fleet))
    assert done.returncode == 0, done.stdout + done.stderr
    assert answers(systemd, "h000", "lowly")["version"] == "1"
    found = subprocess.run(["grep", "-rl", word, str(operator.home)], capture_output=True, text=True)
    there = systemd.sh("h000", "grep", "-rl", word, "/srv/clawtui/lowly", "/var/lib/clawtui-runner")
    assert (found.stdout, there.stdout) == ("", "")
    systemd.sh("h000", "rm", "/etc/sudoers.d/it")


def test_hooks_are_asked_before_and_after_and_around_every_host(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot, seen = source(tmp_path, "h000,h001", "hooked"), tmp_path / "seen"
    (tmp_path / "first").touch()
    hooks = {
        "before": f"read -r plan; rm {tmp_path}/first 2>/dev/null && {{ echo look first; exit 75; }}; echo before >>{seen}",
        "after": f'grep -q \'"service": "hooked"\' && echo after >>{seen}',
        "drain": f'echo "$1 $2" >>{seen}',
    }
    for name, text in hooks.items():
        (bot.folder / f"{name}.sh").write_text(f"#!/bin/sh\n{text}\n")
        (bot.folder / f"{name}.sh").chmod(0o755)
    bot.spec(more="\n[hooks]\n" + "".join(f'{name} = "{name}.sh"\n' for name in hooks))
    paused = operator.deploys("apply", str(bot.folder), "--yes")
    assert (paused.returncode, "look first" in paused.stdout) == (3, True), paused.stdout + paused.stderr
    operator.deploys("next", "hooked", "--yes")
    operator.until(lambda: operator.view("hooked")["state"] == "done")
    around = [f"{word} {host}" for host in ("h000", "h001") for word in ("drain", "undrain")]
    assert seen.read_text().splitlines() == [*around, "after"]
    said = operator.types("service", "drain", "h001", "hooked", "--yes")
    assert said.returncode == 0, said.stderr
    assert seen.read_text().splitlines()[-1] == "drain h001"


def test_a_plan_in_a_file_is_carried_out_as_it_is_or_not_at_all(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot, plan = source(tmp_path, "h000", "filed"), tmp_path / "plan.json"
    bot.spec(rollout='freeze = ["00:00 - 23:59", "12:00 - 11:59"]')
    frozen = operator.deploys("plan", str(bot.folder))
    assert (frozen.returncode, "frozen (" in frozen.stderr) == (77, True)
    bot.spec()
    assert operator.deploys("plan", str(bot.folder), "--out", str(plan)).returncode == 0
    plan.write_text(plan.read_text().replace('"at_once": 1', '"at_once": 2'))
    changed = operator.deploys("apply", str(plan), "--confirm", "testbed")
    assert (changed.returncode, "was changed" in changed.stderr) == (78, True)
    assert operator.deploys("plan", str(bot.folder), "--out", str(plan)).returncode == 0
    done = operator.deploys("apply", str(plan), "--confirm", "testbed")
    assert done.returncode == 0, done.stdout + done.stderr
    assert answers(systemd, "h000", "filed")["version"] == "1"


def test_a_coordinator_that_is_killed_is_gone_on_with_by_resume(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "h000,h001", "phoenix")
    bot.spec(bake="600s")
    begun = operator.deploys("apply", str(bot.folder), "--yes", "--detach")
    assert begun.returncode == 0, begun.stderr
    operator.until(lambda: operator.view("phoenix")["state"] == "baking")
    operator.kill("phoenix")
    assert operator.deploys("next", "phoenix", "--yes").returncode == 77
    resumed = operator.deploys("resume", "phoenix", "--yes", "--detach")
    assert resumed.returncode == 0, resumed.stderr
    for _ in operator.view("phoenix")["waves"]:
        operator.until(lambda: operator.view("phoenix")["state"] in ("baking", "done"))
        operator.deploys("next", "phoenix", "--yes")
    operator.until(lambda: operator.view("phoenix")["state"] == "done")
    assert {answers(systemd, machine.name, "phoenix")["version"] for machine in systemd.hosts[:2]} == {"1"}


def test_whichever_record_a_coordinator_dies_after_another_one_brings_it_to_its_end(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    """A few of them; `make bench` (rollout_kill) tries every one on eight hosts."""
    bot = source(tmp_path, "h*", "lives")
    bot.spec(rollout=AT_ONCE)
    for number, record in enumerate((7, 30, 52), 1):
        bot.version(str(number))
        assert operator.dies(bot.folder, record)
        other = operator.deploys("resume", "lives", "--yes")
        assert other.returncode == 0, other.stdout + other.stderr
        for machine in systemd.hosts:
            assert answers(systemd, machine.name, "lives")["version"] == str(number)
            assert len(units(systemd, machine.name, "lives")) == 1


def test_a_host_in_the_dark_and_one_with_a_full_disk_are_left_behind_and_caught_up_by_resume(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "h*", "dusk")
    bot.spec(rollout=f'unreachable = "2"\n{ONE_WAVE}')
    small = "mkdir -p /srv/clawtui/dusk && mount -t tmpfs -o size=16k none /srv/clawtui/dusk"
    systemd.sh("h002", "sh", "-c", small)
    systemd.silence("h003")
    dark = operator.deploys("apply", str(bot.folder), "--yes")
    assert dark.returncode == 0, dark.stdout + dark.stderr
    assert "left behind: h003" in dark.stdout
    assert "left behind: h002: " in dark.stdout
    assert "are wanted (twice what comes)" in dark.stdout
    systemd.sh("h002", "umount", "/srv/clawtui/dusk")
    systemd.heal("h003")
    caught = operator.deploys("resume", "dusk", "--yes")
    assert caught.returncode == 0, caught.stdout + caught.stderr
    assert answers(systemd, "h003", "dusk")["version"] == "1"
    same = operator.deploys("drift", "dusk")
    assert (same.returncode, same.stdout) == (0, "h002: as deployed\nh003: as deployed\n")
    systemd.sh("h003", "sh", "-c", "echo '# by hand' | tee -a /etc/systemd/system/clawtui-dusk@*.service")
    drifted = operator.deploys("drift", "dusk")
    assert (drifted.returncode, "changed by hand" in drifted.stdout) == (1, True)


def test_a_host_frozen_while_it_switches_and_one_cut_off_before_it_is_kept_have_their_verdicts_and_go_back_alone(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "h*", "storm")
    bot.spec(rollout=ONE_WAVE)
    assert operator.deploys("apply", str(bot.folder), "--yes").returncode == 0
    bot.version("2", more="time.sleep(6)")
    bot.spec(bake="600s", rollout=f'unreachable = "2"\n{ONE_WAVE}')
    plan = operator.planned(bot.folder, dead_man_s=12.0)
    assert operator.deploys("apply", str(plan), "--yes", "--detach").returncode == 0
    operator.until(lambda: operator.host("storm", "h001")["state"] == "switching")
    systemd.freeze("h001")
    operator.until(lambda: operator.view("storm")["state"] == "baking")
    systemd.cut("h003")
    operator.until(lambda: operator.host("storm", "h003")["state"] == "lost")
    assert "goes back by itself within 12 s" in operator.host("storm", "h003")["words"]
    operator.until(lambda: answers(systemd, "h003", "storm").get("version") == "1")
    assert operator.deploys("next", "storm", "--yes").returncode == 0
    operator.until(lambda: operator.view("storm")["state"] == "done")
    assert {gone["host"] for gone in operator.view("storm")["unreachable"]} == {"h001", "h003"}


def test_two_operators_at_once_the_second_one_changes_nothing(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "h000", "twice")
    bot.spec(bake="600s")
    operator.deploys("apply", str(bot.folder), "--yes", "--detach")
    operator.until(lambda: operator.view("twice")["state"] == "baking")
    other = Operator(tmp_path / "other", systemd)
    bot.version("2")
    refused = other.deploys("apply", str(bot.folder), "--yes")
    assert refused.returncode == 77, refused.stdout
    assert "20" in refused.stdout
    operator.kill("twice")
    armed = other.deploys("apply", str(bot.folder), "--yes")
    assert (armed.returncode, "goes back by itself in" in armed.stdout) == (77, True), armed.stdout
    freed = other.deploys("unlock", "h000", "twice", "--reason", "she is on holiday", "--yes")
    assert (freed.returncode, freed.stdout) == (0, "h000: ok: gone back, and free\n"), freed.stderr
    assert units(systemd, "h000", "twice") == []
    assert other.deploys("apply", str(bot.folder), "--yes", "--detach").returncode == 0
    operator.until(lambda: answers(systemd, "h000", "twice").get("version") == "2")
    assert other.deploys("undo", "twice", "--yes").returncode == 1
    assert units(systemd, "h000", "twice") == []


def test_a_secret_is_in_its_own_place_and_nowhere_else(operator: Operator, systemd: Testbed, tmp_path: Path) -> None:
    bot = source(tmp_path, "h000", "quiet")
    bot.spec(more='\n[secrets]\nTOKEN = { env = "QUIET_TOKEN" }\n')
    word = "xyzzy-plugh-4711"
    done = operator.deploys("apply", str(bot.folder), "--yes", QUIET_TOKEN=word)
    assert done.returncode == 0, done.stdout + done.stderr
    assert answers(systemd, "h000", "quiet")["secret"] == len(word)
    looked = (
        "grep -rlI --exclude-dir=proc --exclude-dir=sys -- 'xyzzy-plugh[-]4711' /srv /etc /var /tmp /run /home /root"
    )
    found = systemd.sh("h000", "sh", "-c", looked).stdout.split()
    assert [Path(path).parent.name for path in found] == ["env"]
    here = subprocess.run(["grep", "-rl", word, str(operator.home)], capture_output=True, text=True)
    assert here.stdout == ""
    assert word not in done.stdout + done.stderr
