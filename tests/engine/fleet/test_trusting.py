"""`trust --from` and `trust --replace` from plan to file, against real sshds; the user's own files are never written."""

import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from shlex import quote

import pytest

from clawtui.engine.boundary.plans import Apply, Outcome, Plan, PlanQuery
from clawtui.engine.local import LocalEngine
from clawtui.errors import HostKeyChanged, UsageError
from clawtui.fleet.host import Fleet, Host, Kind, Policy
from clawtui.places import Places
from clawtui.settings import load
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, free_port, keygen

Start = Callable[..., Sshd]
Engines = Callable[..., AbstractAsyncContextManager[LocalEngine]]
DEV = Policy(Kind.DEV, read_only=False, confirm=False)


@pytest.fixture
def engine(places: Places, keyboard: Keyboard) -> Engines:
    @asynccontextmanager
    async def entered(*hosts: Host, policy: Policy = DEV) -> AsyncIterator[LocalEngine]:
        fleet = Fleet("test", policy, hosts)
        async with LocalEngine(fleet, load(places, {}, {}), (), places, prompts=keyboard, follow=False) as made:
            yield made

    return entered


async def plan(engine: LocalEngine, *words: str) -> Plan:
    found = await engine.ask(PlanQuery(("trust", *words)))
    assert isinstance(found, Plan)
    return found


async def trust(engine: LocalEngine, *words: str) -> Outcome:
    made = await plan(engine, *words)
    return await engine.do(Apply(made.id, made.confirm))


def print_of(server: Sshd, kind: str = "ed25519") -> str:
    said = subprocess.run(["ssh-keygen", "-lf", f"{server.host_key(kind)}.pub"], capture_output=True, text=True)
    return said.stdout.split()[1]


def lines(places: Places) -> list[str]:
    return places.known_hosts.read_text().splitlines() if places.known_hosts.exists() else []


def other_key(folder: Path, name: str = "other") -> str:
    path = folder / name
    if not path.exists():
        keygen(path)
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


async def test_a_known_hosts_file_vouches_without_a_connection(engine: Engines, places: Places, tmp_path: Path) -> None:
    key = other_key(tmp_path)
    (tmp_path / "keys").write_text(f"a {key}\nb {key}\n")
    async with engine(Host("a"), Host("b", port=2222), Host("c")) as made:
        seen = await plan(made, "all", "--from", str(tmp_path / "keys"))
        assert seen.title.startswith("TRUST THE KEY of 3 hosts by ")
        assert seen.lines[0].startswith("a: ssh-ed25519 SHA256:")
        assert seen.lines[2].endswith("says nothing about it")
        assert lines(places) == []
        outcome = await made.do(Apply(seen.id, "y"))
    assert [host.ending for host in outcome.hosts] == ["ok", "ok", "failed"]
    assert outcome.code == 1
    assert sorted(lines(places)) == [f"[b]:2222 {key}", f"a {key}"]
    logged = [json.loads(line) for line in places.actions.read_text().splitlines()]
    assert [entry["outcome"] for entry in logged] == ["begun", "ok 2, failed 1"]
    assert "SHA256:" in logged[0]["commands"][0]


async def test_a_fingerprint_counts_only_when_the_host_shows_that_key(
    engine: Engines, places: Places, sshd: Start, tmp_path: Path, keyboard: Keyboard
) -> None:
    good, bad = sshd("good", kinds=("ed25519", "rsa")), sshd("bad")
    gone = Host("gone", address="127.0.0.1", port=free_port())
    text = f"good {print_of(good, 'rsa')}\nbad {print_of(good)}\ngone {print_of(good)}\n"
    (tmp_path / "cmdb").write_text(text)
    async with engine(host_of(good, "good"), host_of(bad, "bad"), gone) as made:
        outcome = await trust(made, "all", "--from", str(tmp_path / "cmdb"))
    assert [host.ending for host in outcome.hosts] == ["ok", "failed", "unreached"]
    assert print_of(bad) in outcome.hosts[1].words
    assert lines(places) == [good.known_line("rsa").strip()]
    assert not keyboard.asked


async def test_a_key_in_the_place_of_another_is_a_conflict_and_changes_nothing(
    engine: Engines, places: Places, home: Path, tmp_path: Path
) -> None:
    (home / ".ssh/known_hosts").write_text(f"a {other_key(tmp_path, 'old')}\n")
    (tmp_path / "keys").write_text(f"a {other_key(tmp_path)}\n")
    async with engine(Host("a")) as made:
        seen = await plan(made, "a", "--from", str(tmp_path / "keys"))
        assert "conflict" in seen.lines[0]
        assert f"{home}/.ssh/known_hosts:1" in seen.lines[0]
        outcome = await made.do(Apply(seen.id, "y"))
    assert (outcome.code, lines(places)) == (1, [])
    assert "clawtui trust --replace a" in outcome.hosts[0].words


async def test_what_is_trusted_already_is_skipped(engine: Engines, places: Places, tmp_path: Path) -> None:
    know(places, f"a {other_key(tmp_path)}\n")
    (tmp_path / "keys").write_text(f"a {other_key(tmp_path)}\n")
    async with engine(Host("a")) as made:
        outcome = await trust(made, "a", "--from", str(tmp_path / "keys"))
    assert (outcome.code, outcome.hosts[0].ending) == (0, "skipped")


async def test_a_revoked_key_is_never_trusted(engine: Engines, places: Places, home: Path, tmp_path: Path) -> None:
    (home / ".ssh/known_hosts").write_text(f"@revoked * {other_key(tmp_path)}\n")
    (tmp_path / "keys").write_text(f"a {other_key(tmp_path)}\n")
    async with engine(Host("a")) as made:
        outcome = await trust(made, "a", "--from", str(tmp_path / "keys"))
    assert "is revoked by" in outcome.hosts[0].words
    assert lines(places) == []


@pytest.fixture
def rebuilt(sshd: Start, tmp_path: Path) -> tuple[Sshd, str, str]:
    """A host that shows a new key; its spelled name and its old key."""
    server = sshd("new")
    return server, f"[127.0.0.1]:{server.port}", other_key(tmp_path, "old")


async def test_a_rebuilt_host_gets_its_new_key_and_the_old_line_tells_when_and_why(
    engine: Engines, places: Places, rebuilt: tuple[Sshd, str, str]
) -> None:
    server, name, old = rebuilt
    know(places, f"other,{name} {old} mine\n")
    host = host_of(server)
    async with engine(host) as made:
        with pytest.raises(HostKeyChanged):
            await made.links.link(host)
        words = ("--replace", "a", "--fingerprint", print_of(server), "--reason", "new\nimage")
        outcome = await trust(made, *words)
        assert outcome.code == 0, outcome
        await made.links.link(host)
    struck, rest, fresh = lines(places)
    assert struck.startswith("# 20")
    assert struck.endswith(f": new image: {name} {old} mine")
    assert (rest, fresh) == (f"other {old} mine", server.known_line().strip())


async def test_an_old_key_in_the_users_own_file_is_overridden_and_named_and_never_edited(
    engine: Engines, places: Places, home: Path, rebuilt: tuple[Sshd, str, str], sshd: Start, tmp_path: Path
) -> None:
    server, name, old = rebuilt
    text = f"{name} {old}\n"
    (home / ".ssh/known_hosts").write_text(text)
    host = host_of(server)
    async with engine(host) as made:
        words = ("--replace", "a", "--fingerprint", print_of(server), "--reason", "image 7")
        outcome = await trust(made, *words)
        assert f"ssh-keygen -R {quote(name)} -f {home}/.ssh/known_hosts" in outcome.hosts[0].words
        await made.links.link(host)
    assert (home / ".ssh/known_hosts").read_text() == text
    assert lines(places)[1].startswith(f"@revoked {name} {old} replaced 20")
    server.stop()
    for suffix in ("", ".pub"):  # whoever has the old key is refused now
        server.host_key().with_name("host_ed25519" + suffix).write_bytes((tmp_path / f"old{suffix}").read_bytes())
    server.start()
    async with engine(host) as made:
        with pytest.raises(HostKeyChanged, match=r"revoked in .*its old one, replaced 20.*image 7"):
            await made.links.link(host)
        back = await trust(made, "--replace", "a", "--fingerprint", print_of(server), "--reason", "rolled back")
        assert back.code == 0, back
        await made.links.link(host)


async def test_another_key_than_the_one_expected_replaces_nothing(
    engine: Engines, places: Places, rebuilt: tuple[Sshd, str, str]
) -> None:
    server, name, old = rebuilt
    know(places, f"{name} {old}\n")
    async with engine(host_of(server)) as made:
        outcome = await trust(made, "--replace", "a", "--fingerprint", "SHA256:" + "x" * 43, "--reason", "r")
    assert outcome.code == 1
    assert f"it shows ssh-ed25519 {print_of(server)}" in outcome.hosts[0].words
    assert lines(places) == [f"{name} {old}"]


async def test_a_revocation_by_the_user_wins_over_a_replacement(
    engine: Engines, places: Places, home: Path, rebuilt: tuple[Sshd, str, str]
) -> None:
    server, name, old = rebuilt
    know(places, f"{name} {old}\n")
    (home / ".ssh/known_hosts").write_text(server.known_line(name="@revoked *"))
    async with engine(host_of(server)) as made:
        outcome = await trust(made, "--replace", "a", "--fingerprint", print_of(server), "--reason", "r")
    assert "and that wins" in outcome.hosts[0].words
    assert lines(places) == [f"{name} {old}"]


async def test_many_rebuilt_hosts_are_replaced_by_a_file_and_a_dead_one_is_named(
    engine: Engines, places: Places, rebuilt: tuple[Sshd, str, str], tmp_path: Path
) -> None:
    server, name, old = rebuilt
    know(places, f"{name} {old}\n")
    dead = Host("dead", address="127.0.0.1", port=free_port())
    (tmp_path / "keys").write_text(server.known_line() + f"dead {old}\n")
    async with engine(host_of(server), dead) as made:
        seen = await plan(made, "--replace", "all", "--from", str(tmp_path / "keys"), "--reason", "image 7")
        assert "→" in seen.lines[0]
        outcome = await made.do(Apply(seen.id, "y"))
    assert [host.ending for host in outcome.hosts] == ["ok", "unreached"]
    assert lines(places)[1:] == [server.known_line().strip()]


async def test_a_bastion_built_anew_comes_before_the_hosts_behind_it(
    engine: Engines, places: Places, sshd: Start, tmp_path: Path
) -> None:
    gate, inner, old = sshd("gate"), sshd("inner"), other_key(tmp_path, "old")
    know(places, *(f"[127.0.0.1]:{server.port} {old}\n" for server in (gate, inner)))
    (tmp_path / "keys").write_text(gate.known_line() + inner.known_line())
    hosts = host_of(inner, "inner", jump=("gate",)), host_of(gate, "gate")
    async with engine(*hosts) as made:
        outcome = await trust(made, "--replace", "all", "--from", str(tmp_path / "keys"), "--reason", "image 7")
        assert [host.ending for host in outcome.hosts] == ["ok", "ok"], outcome
        await made.links.link(hosts[0])


async def test_a_key_trusted_in_another_window_needs_no_second_word(
    sshd: Start, places: Places, keyboard: Keyboard, connect: Connect
) -> None:
    server = sshd()

    async def elsewhere(host: str, key: str, fingerprint: str) -> bool:
        know(places, server.known_line())
        return False

    keyboard.trust = elsewhere  # type: ignore[method-assign]  # says no, after somebody else said yes
    async with connect(host_of(server)) as connections:
        await connections.link(host_of(server))


async def test_an_authority_vouches_for_the_selected_hosts_only(
    engine: Engines, places: Places, sshd: Start, tmp_path: Path, keyboard: Keyboard
) -> None:
    authority = keygen(tmp_path / "authority")
    key = keygen(tmp_path / "sshd" / "a" / "host_ed25519")
    sign = ["ssh-keygen", "-q", "-s", authority, "-h", "-I", "a", "-n", "127.0.0.1", "-V", "+1h", f"{key}.pub"]
    subprocess.run(sign, check=True)
    server = sshd(options=(f"HostCertificate {key}-cert.pub",))
    host, other = host_of(server), Host("b.example")
    async with engine(host, other) as made:
        seen = await plan(made, "a", "--from", f"{authority}.pub")
        assert f"@cert-authority [127.0.0.1]:{server.port}" in seen.lines[0]
        assert (await made.do(Apply(seen.id, "y"))).code == 0
        await made.links.link(host)
        assert "certificate" in made.links.facts(host)["host key"]
        wide = await trust(made, "b.example", "--from", f"{authority}.pub", "--pattern", "*.example")
        assert wide.code == 0
        narrow = await trust(made, "a", "--from", f"{authority}.pub", "--pattern", "*.elsewhere")
        assert "does not mean" in narrow.hosts[0].words
    assert [line.split()[:2] for line in lines(places)] == [
        ["@cert-authority", f"[127.0.0.1]:{server.port}"],
        ["@cert-authority", "*.example"],
    ]
    assert not keyboard.asked


async def test_production_wants_arming_and_the_name_typed(engine: Engines, places: Places, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"a {other_key(tmp_path)}\n")
    async with engine(Host("a"), policy=Policy()) as made:
        seen = await plan(made, "a", "--from", str(tmp_path / "keys"))
        assert (seen.confirm, seen.needs_arming) == ("test 1", True)
        assert (await made.do(Apply(seen.id, seen.confirm))).code == 77
    assert lines(places) == []


async def test_a_folder_that_cannot_be_written_is_said(engine: Engines, places: Places, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"a {other_key(tmp_path)}\n")
    places.config.parent.mkdir(parents=True, exist_ok=True)
    places.config.write_text("a file in the way")
    async with engine(Host("a")) as made:
        outcome = await trust(made, "a", "--from", str(tmp_path / "keys"))
    assert "cannot be written" in outcome.hosts[0].words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "write trust SELECTOR"),
        (("a", "b"), "write trust SELECTOR"),
        (("--replace", "a"), "either --fingerprint"),
        (("--replace", "a", "--fingerprint", "SHA256:x"), "--reason"),
        (("--replace", "a", "--fingerprint", "SHA256:x", "--reason", "r"), "no fingerprint"),
        (("--replace", "all", "--fingerprint", "SHA256:" + "a" * 43, "--reason", "r"), "one host's"),
        (("a", "--fingerprint", "SHA256:" + "a" * 43), "go with --replace"),
        (("a", "--from"), "--from needs one value"),
        (("a", "--pattern", "*"), "goes with --from"),
        (("a", "--from", "x", "--pattern", "a\n@revoked"), "without spaces"),
        (("a", "--from", "/nonexistent"), "No such file"),
        (("a", "--from", "SSHFP@nowhere"), "resolver's address"),
    ],
)
async def test_words_that_make_no_sense_are_named(engine: Engines, words: tuple[str, ...], said: str) -> None:
    async with engine(Host("a"), Host("b")) as made:
        with pytest.raises(UsageError, match=said):
            await plan(made, *words)
