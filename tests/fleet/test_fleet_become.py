"""Every way to root on real hosts: the agent goes on, is looked at, is upgraded and leaves; doctor says the truth each time."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from clawtui.errors import ClawtuiError, NoRoot
from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.layout import UNIT
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.agent.scripts import VERBS, placed
from clawtui.fleet.agent.status import status
from clawtui.fleet.allowance import rules
from clawtui.fleet.become import HELPER, as_root
from clawtui.fleet.connections import Connections
from clawtui.fleet.doctor import examine
from clawtui.fleet.host import Become, Host, PasswordSource
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import CONNECTING
from clawtui.places import Places
from tests.cli.terminal import Screen
from tests.fleet.order import Order
from tests.fleet.test_fleet_agent import TRACES
from tests.fleet.testbed import Testbed, running

pytestmark = [pytest.mark.root, pytest.mark.slow]
SECRET = "s3cret wörd'$x"
LISTED = "\n".join(rules(Become.SUDO, "it"))
DOAS = "\n".join(rules(Become.DOAS, "it"))


@dataclass(frozen=True, slots=True)
class Way:
    """One login and what is allowed to it."""

    become: Become
    rights: str
    # in words, as doctor says them
    sudoers: str = ""
    doas: str = ""
    user: str = "it"
    helper: bool = False
    allowance: str = ""
    # doctor's state of it


WAYS = {
    "root": Way(Become.NONE, "logged in as root", user="root"),
    "none": Way(Become.NONE, "as it, without root"),
    "sudo": Way(Become.SUDO, "sudo without a password", "it ALL=(ALL) NOPASSWD: ALL", allowance="ok"),
    "sudo with a password": Way(
        Become.SUDO,
        "sudo with a password",
        "Defaults lecture=always, timestamp_timeout=0, !visiblepw\nit ALL=(ALL) ALL",
        allowance="ok",
    ),
    "sudo on a terminal": Way(
        Become.SUDO,
        "sudo without a password, on a terminal of its own",
        "Defaults requiretty, use_pty\nit ALL=(ALL) NOPASSWD: ALL",
        allowance="ok",
    ),
    "sudo with a password on a terminal": Way(
        Become.SUDO,
        "sudo with a password, on a terminal of its own",
        "Defaults requiretty, use_pty, secure_path=/bin:/usr/bin\nit ALL=(ALL) ALL",
        allowance="ok",
    ),
    "sudo for our list": Way(
        Become.SUDO, f"sudo without a password, only {HELPER}", LISTED, helper=True, allowance="ok"
    ),
    "sudo for our list with a password": Way(
        Become.SUDO,
        f"sudo with a password, only {HELPER}",
        LISTED.replace("NOPASSWD: ", ""),
        helper=True,
        allowance="ok",
    ),
    "doas": Way(Become.DOAS, "doas without a password", doas="permit nopass it", allowance="ok"),
    "doas with a password": Way(
        Become.DOAS, "doas with a password, on a terminal of its own", doas="permit it", allowance="ok"
    ),
    "doas for our list": Way(
        Become.DOAS, f"doas without a password, only {HELPER}", doas=DOAS, helper=True, allowance="ok"
    ),
}
OLDER = """\
cd {0} && ours=$(readlink current) && older=0123456789abcdef-${{ours#*-}} && mv $ours $older && ln -sfn $older current
"""
SPILLED = "journalctl --no-pager | grep -F '{0}'; grep -rlF '{0}' /etc /home /tmp /var /opt /run 2>/dev/null"


@dataclass(slots=True)
class Story:
    """What happened on one host."""

    before: dict[str, str] = field(default_factory=dict[str, str])
    # doctor's words and state by what it looked at
    installed: str = ""
    again: str = ""
    state: str = ""
    unit: str = ""
    after: dict[str, str] = field(default_factory=dict[str, str])
    upgraded: str = ""
    removed: str = ""
    gone: str = ""
    left: str = ""
    secrets: str = ""


class Answers:
    """Somebody at the keyboard who knows the password, and counts how often it is asked for."""

    def __init__(self, answer: str | None) -> None:
        self.answer, self.asked = answer, list[str]()

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        return False

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
        return False

    async def touch(self, host: str, title: str) -> None:
        return

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:
        self.asked.append(f"{host}: {title}")
        return self.answer


@pytest.fixture(scope="module")
def bed() -> Iterator[Testbed]:
    """A host for each way, and one more to attack."""
    with running(Order(hosts=len(WAYS) + 1, systemd=True)) as made:
        for number, way in enumerate(WAYS.values()):
            prepared(made, number, way)
        yield made


def prepared(bed: Testbed, number: int, way: Way) -> None:
    """The login, its password, what it may do."""
    script = [f"useradd -m -s /bin/bash it\nchpasswd <<'E'\nit:{SECRET}\nE"]
    script += [f"cat >/etc/sudoers.d/it <<'E'\n{way.sudoers}\nE"] if way.sudoers else []
    script += [f"cat >/etc/doas.conf <<'E'\n{way.doas}\nE"] if way.doas else []
    script += [f"cat >{HELPER} <<'E'\n{placed()}\nE\nchmod 755 {HELPER}"] if way.helper else []
    done = bed.sh(number, "set -e\n" + "\n".join(script))
    assert done.returncode == 0, done


def host_of(bed: Testbed, number: int, way: Way) -> Host:
    return replace(bed.as_host(bed.host(number), way.user), become=way.become)


def said(checks: tuple[object, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for check in checks:
        what, state, words = (getattr(check, name) for name in ("what", "state", "words"))
        found[what] = f"{found.get(what, '')}{state}: {words}\n"
    return found


async def lived(bed: Testbed, number: int, way: Way, places: Places, prompts: Answers) -> Story:
    """From nothing to nothing."""
    story, host, fleet = Story(), host_of(bed, number, way), bed.fleet()
    traces = (await asyncio.to_thread(bed.sh, number, TRACES)).stdout
    async with Connections(fleet, SshOptions(), places, prompts, environ={}) as links:

        async def doctor() -> dict[str, str]:
            return said(await examine(replace(fleet, hosts=(host,)), host, links, places))

        story.before = await doctor()
        change = await install(await links.link(host), links.becoming, places)
        story.installed = change.words
        await links.drop(host)  # as the engine does: a new login is in the agent's group
        link = await links.link(host)
        seen = await status(link)
        story.state = f"{seen.state} {seen.match} {' '.join(seen.notes)}"
        story.unit = (await link.run(f"systemctl show -p User --value {UNIT}", timeout_s=20)).text
        story.again = (await install(link, links.becoming, places)).words
        story.after = await doctor()
        code = change.did[0].split(" in ")[1].split(",")[0]
        older = await asyncio.to_thread(bed.sh, number, OLDER.format(code))
        assert older.returncode == 0, older
        story.upgraded = (await install(link, links.becoming, places, only_upgrade=True)).words
        story.removed = (await remove(link, links.becoming)).words
        story.gone = (await status(link)).state
    story.left = "".join(
        sorted(set((await asyncio.to_thread(bed.sh, number, TRACES)).stdout.splitlines()) - set(traces.splitlines()))
    )
    story.secrets = (await asyncio.to_thread(bed.sh, number, SPILLED.format(SECRET[:6]))).stdout
    return story


@pytest.fixture(scope="module")
def stories(bed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Story | BaseException]:
    """All ways at once: they wait for samples more than they compute."""
    places = Places.of({"HOME": str(tmp_path_factory.mktemp("operator"))})

    async def all_ways() -> list[Story | BaseException]:
        lives = (lived(bed, n, way, places, Answers(SECRET)) for n, way in enumerate(WAYS.values()))
        return await asyncio.gather(*lives, return_exceptions=True)

    return dict(zip(WAYS, asyncio.run(all_ways()), strict=True))


@pytest.mark.parametrize("name", WAYS)
def test_the_agent_comes_works_is_upgraded_and_leaves_nothing(
    stories: dict[str, Story | BaseException], name: str
) -> None:
    story, way = stories[name], WAYS[name]
    if isinstance(story, BaseException):
        raise story
    assert story.installed.startswith("installed: 3 good samples"), story
    assert story.again.startswith("nothing to do"), story
    assert story.state.startswith("running ours"), story
    assert story.unit == ("" if name == "none" else "clawtui-agent")
    assert story.upgraded.startswith("upgraded"), story
    assert (story.removed, story.gone) == ("removed", "none")
    assert story.left == ""
    assert story.secrets == ""
    gate = way.become.value
    for look in (story.before, story.after):
        assert look.get(gate, "") == ("" if way.become is Become.NONE else f"ok: {way.rights}\n"), look
        assert look.get("allowance", "").partition(":")[0] == way.allowance, look
    assert story.before["agent"] == "warning: not installed\n"
    assert story.after["agent"].startswith("ok: "), story.after
    if way.helper:
        assert f"{len(VERBS)} of {len(VERBS)} lines are in force" in story.after["allowance"]


def test_an_agent_without_root_says_how_long_it_lives(stories: dict[str, Story | BaseException]) -> None:
    story = stories["none"]
    assert isinstance(story, Story), story
    assert "does not start by itself after a reboot" in story.state
    assert "does not start by itself after a reboot" in story.after["agent"]


@pytest.mark.parametrize("name", ["sudo with a password", "doas with a password"])
async def test_a_wrong_password_is_tried_once(bed: Testbed, tmp_path: Path, name: str) -> None:
    number, way = [*WAYS].index(name), WAYS[name]
    host, places = host_of(bed, number, way), Places.of({"HOME": str(tmp_path)})
    count = f"journalctl --no-pager | grep -c '{way.become}:auth.*authentication failure'"
    before = bed.sh(number, count).stdout
    async with Connections(bed.fleet(), SshOptions(), places, Answers("guess"), environ={}) as links:
        checks = said(await examine(replace(bed.fleet(), hosts=(host,)), host, links, places))
    assert "refused the password of it; it was tried once" in checks[host.become.value]
    assert int(bed.sh(number, count).stdout) - int(before) == 1


def test_at_a_keyboard_it_is_asked_for_once_and_written_down_nowhere(bed: Testbed, tmp_path: Path) -> None:
    names = ("sudo with a password", "sudo with a password on a terminal")
    fleet = tmp_path / "fleet.toml"
    head = '[context]\nbecome = "sudo"\nbecome_password = { ask = "once" }\n'
    fleet.write_text(bed.fleet_file.read_text().replace("[context]\n", head).replace('user = "root"', 'user = "it"'))
    hosts = ",".join(bed.host([*WAYS].index(name)).name for name in names)
    home = tmp_path / "home"
    screen = Screen(home, "--fleet", str(fleet), "--debug", "run", hosts, "--root", "--yes", "--", "id -un; echo done")
    screen.until(b"asked for once: ")
    screen.type(SECRET + "\n")
    assert screen.end() == 0
    assert screen.seen.count(b"asked for once") == 1
    assert screen.seen.count(b"root") >= 1
    assert SECRET[:6].encode() not in screen.seen
    written = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "actions.jsonl" and "as root: id -un" in path.read_text() for path in written)
    assert not [path for path in written if SECRET[:6].encode() in path.read_bytes()]


async def test_without_anybody_to_ask_it_is_said_what_to_do(bed: Testbed, tmp_path: Path) -> None:
    number = [*WAYS].index("sudo with a password")
    host, places = host_of(bed, number, WAYS["sudo with a password"]), Places.of({"HOME": str(tmp_path)})
    async with Connections(bed.fleet(), SshOptions(), places, Answers(None), environ={}) as links:
        with pytest.raises(NoRoot, match=r"sudo wants a password of it and none was given.*become_password.*doctor"):
            await links.becoming.rights(await links.link(host))


async def test_one_answer_serves_all_hosts_that_say_so_and_a_wrong_one_stops_at_the_first(
    bed: Testbed, tmp_path: Path
) -> None:
    numbers = [
        n for n, name in enumerate(WAYS) if name in ("sudo with a password", "sudo with a password on a terminal")
    ]
    once = PasswordSource(once=True)
    hosts = [replace(host_of(bed, n, WAYS["sudo with a password"]), become_password=once) for n in numbers]
    places = Places.of({"HOME": str(tmp_path)})
    for answer, asked in ((SECRET, 1), ("guess", 1)):
        prompts = Answers(answer)
        async with Connections(bed.fleet(), SshOptions(), places, prompts, environ={}) as links:
            each = [links.becoming.rights(await links.link(host)) for host in hosts]
            found = await asyncio.gather(*each, return_exceptions=True)
        assert len(prompts.asked) == asked
        if answer == SECRET:
            assert all(not isinstance(rights, BaseException) and rights.root for rights in found), found
        else:
            words = sorted(str(failure) for failure in found)
            assert any("tried once" in text for text in words), words
            assert any("none is tried here" in text for text in words), words


async def test_a_password_from_a_file_must_be_the_owners_alone(bed: Testbed, tmp_path: Path) -> None:
    number = [*WAYS].index("sudo with a password")
    file = tmp_path / "sudo"
    file.write_text(SECRET + "\n")
    places = Places.of({"HOME": str(tmp_path)})
    host = replace(host_of(bed, number, WAYS["sudo with a password"]), become_password=PasswordSource(file=str(file)))
    async with Connections(bed.fleet(), SshOptions(), places, Answers(None), environ={}) as links:
        link = await links.link(host)
        file.chmod(0o640)
        with pytest.raises(NoRoot, match=f"{file} has mode 0640.*chmod 600"):
            await links.becoming.rights(link)
        file.chmod(0o600)
        rights = await links.becoming.rights(link)
        assert SECRET not in repr(rights)
        line = as_root(rights, "id -u")
        assert SECRET not in f"{line.command} {line!r}"
        assert (await link.run(line.command, stdin=line.stdin, timeout_s=20)).text == "0"
    by = replace(host, become_password=PasswordSource(command=("sh", "-c", f"cat {file}")))
    async with Connections(bed.fleet(), SshOptions(), places, Answers(None), environ={}) as links:
        assert (await links.becoming.rights(await links.link(by))).root


def test_the_lines_that_doctor_prints_are_valid_and_not_wider_than_they_look(bed: Testbed) -> None:
    number = [*WAYS].index("sudo for our list")
    for user in ("it", "DOM\\some one", "a,b:c=d"):
        text = "\n".join(rules(Become.SUDO, user))
        done = bed.sh(number, f"cat >/tmp/lines <<'E'\n{text}\nE\nvisudo -cf /tmp/lines; rm /tmp/lines")
        assert done.returncode == 0, done
        assert "parsed OK" in done.stdout, done
    for words in ("sh", f"{HELPER}", f"{HELPER} look x", f"{HELPER} unpack /etc", "cat /etc/shadow", f"{HELPER} sh"):
        refused = bed.sh(number, f"su it -c 'sudo -n {words} </dev/null'")
        assert refused.returncode != 0, words
        assert re.search("not allowed|password is required", refused.stderr), (words, refused)


async def test_doctor_prints_the_lines_that_are_missing(bed: Testbed, tmp_path: Path) -> None:
    number = [*WAYS].index("none")  # a login that may nothing
    way = replace(WAYS["none"], become=Become.SUDO)
    host, places = host_of(bed, number, way), Places.of({"HOME": str(tmp_path)})
    async with Connections(bed.fleet(), SshOptions(), places, Answers(SECRET), environ={}) as links:
        checks = said(await examine(replace(bed.fleet(), hosts=(host,)), host, links, places))
    assert checks["sudo"].startswith("failed: "), checks
    assert f"there is no {HELPER}" in checks["allowance"]
    assert all(f"failed: {line}\n" in checks["allowance"] for line in rules(Become.SUDO, "it"))


EVIL = """\
set -e
cd /tmp; rm -rf evil evil.tar.gz; mkdir evil; cd evil
cp -r "/opt/clawtui/agent/$(readlink /opt/clawtui/agent/current)/." .
{0}
tar -czf ../evil.tar.gz .
"""


async def test_what_the_list_allows_does_not_make_root(bed: Testbed, tmp_path: Path) -> None:
    number, way = [*WAYS].index("sudo for our list"), WAYS["sudo for our list"]
    places = Places.of({"HOME": str(tmp_path)})
    async with Connections(bed.fleet(), SshOptions(), places, Answers(None), environ={}) as links:
        link = await links.link(host_of(bed, number, way))
        await install(link, links.becoming, places)

        def attack(evil: str, verb: str, head: str) -> str:
            """As the login: an upload of its own making, with a head of its own making."""
            assert bed.sh(number, EVIL.format(evil)).returncode == 0
            feed = f"sum=$(sha256sum /tmp/evil.tar.gz | cut -c1-64)\n{{ printf '{head}\\n\\n' $sum; cat /tmp/evil.tar.gz; }}"
            assert bed.sh(number, f"cat >/tmp/feed <<'E'\n{feed} | sudo -n {HELPER} {verb} 2>&1\nE").returncode == 0
            return bed.sh(number, "su it -c 'sh /tmp/feed'").stdout

        name = "0123456789abcdef-psutil7.0.0"
        head = f"folder={name}\\nsha256=%s\\npython=/usr/bin/python3"
        assert "neither a file nor a folder" in attack("ln -s /etc/shadow shadow", "unpack", head)
        assert "no such value" in attack(":", "unpack", head.replace(name, "../../etc"))
        assert "no such value" in attack(":", "unpack", head.replace("/usr/bin/python3", "/bin/sh -c id"))
        assert "knows no unit" in attack(":", "unpack", f"unit=/etc/passwd\\n{head}")
        attack("cp /bin/sh suid; chmod 4755 suid", "unpack", head)
        assert bed.sh(number, f"stat -c '%a %u' /opt/clawtui/agent/{name}/suid").stdout == "755 0\n"
        # a program of the uploader's choice runs as clawtui-agent, and root writes nothing where it may plant links
        plant = "id -u >/tmp/who; ln -sfn /etc/planted /var/lib/clawtui-agent/config.json.part"
        attack(f"sed -i '2i {plant}' clawtui-agent", "unpack", head)
        agent = bed.sh(number, "id -u clawtui-agent").stdout
        assert bed.sh(number, "cat /tmp/who").stdout == agent
        attack(":", "switch", f"folder={name}\\nsha256=%s")
        assert bed.sh(number, "test -e /etc/planted").returncode == 1
        await remove(link, links.becoming)
    assert bed.sh(number, f"test -x {HELPER}").returncode == 0  # the administrator's, not ours to take


async def test_a_helper_that_others_can_write_is_never_run(bed: Testbed, tmp_path: Path) -> None:
    number, way = [*WAYS].index("sudo for our list"), WAYS["sudo for our list"]
    places = Places.of({"HOME": str(tmp_path)})
    bed.sh(number, f"chmod 775 {HELPER}")
    try:
        async with Connections(bed.fleet(), SshOptions(), places, Answers(None), environ={}) as links:
            with pytest.raises(ClawtuiError, match="can be changed by others than root"):
                await links.becoming.rights(await links.link(host_of(bed, number, way)))
    finally:
        bed.sh(number, f"chmod 755 {HELPER}")
