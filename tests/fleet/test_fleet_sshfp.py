"""SSHFP records by a real validating resolver: believed where DNSSEC proves them, refused and said everywhere else."""

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.engine.boundary.plans import Apply, Plan, PlanQuery
from clawtui.engine.local import LocalEngine
from clawtui.fleet.dns import Resolver
from clawtui.fleet.host import Fleet, Host, Kind, Policy
from clawtui.fleet.prompts import Nobody
from clawtui.fleet.sshfp import vouched
from clawtui.places import Places
from clawtui.settings import load
from tests.fleet.resolver import PLAIN, SIGNED, TAMPERED, resolving
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
WRONG = "4 2 " + "ab" * 32


@pytest.fixture(scope="module")
def resolver(plain_bed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolver]:
    """`right` has the real key of h000, `wrong` another one, `weak` SHA-1 only, `many` more than one datagram holds."""
    keyfile = plain_bed.folder / "keys/h000.pub"
    said = subprocess.run(["ssh-keygen", "-r", "right", "-f", keyfile], capture_output=True, text=True, check=True)
    right = next(line.split("SSHFP ")[1] for line in said.stdout.splitlines() if " 4 2 " in line)
    records = [f"right IN SSHFP {right}", "alias IN CNAME right", f"wrong IN SSHFP {WRONG}"]
    records += ["weak IN SSHFP 4 1 " + "ab" * 20, *(f"many IN SSHFP 4 2 {n:064x}" for n in range(60))]
    folder = tmp_path_factory.mktemp("dns")
    with resolving(folder / "zones", "\n".join(records)) as port:
        yield Resolver("127.0.0.1", port, believed=True)


async def test_a_proven_fingerprint_lets_a_host_in_and_another_one_does_not(
    plain_bed: Testbed, resolver: Resolver, tmp_path: Path
) -> None:
    places = Places.of({"HOME": str(tmp_path)})
    there = plain_bed.as_host(plain_bed.host("h000"))
    (tmp_path / "none").touch()
    known = str(tmp_path / "none")
    names = [f"{name}.{SIGNED}" for name in ("right", "alias", "wrong")]
    hosts = tuple(replace(there, name=name, known_hosts=(known,)) for name in names)
    fleet = Fleet("test", Policy(Kind.DEV, read_only=False, confirm=False), hosts)
    async with LocalEngine(fleet, load(places, {}, {}), (), places, prompts=Nobody(), follow=False) as engine:
        for host, ending in zip(hosts, ("ok", "skipped", "failed"), strict=True):
            plan = await engine.ask(PlanQuery(("trust", host.name, "--from", f"SSHFP@127.0.0.1:{resolver.port}")))
            assert isinstance(plan, Plan)
            outcome = await engine.do(Apply(plan.id, "y"))
            assert outcome.hosts[0].ending == ending, outcome
    assert places.known_hosts.read_text() == plain_bed.host("h000").host_key + "\n"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (f"right.{PLAIN}", "without DNSSEC proof"),
        (f"right.{TAMPERED}", "signatures are wrong"),
        (f"absent.{SIGNED}", "no such name"),
        (f"ns.{SIGNED}", "no SSHFP record"),
        (f"weak.{SIGNED}", "SHA-1 only"),
        ("10.0.0.1", "no full name"),
        ("a..b", "no name of DNS"),
    ],
)
async def test_what_is_not_proven_is_said(resolver: Resolver, name: str, problem: str) -> None:
    voucher = await vouched(resolver, Host(name))
    assert problem in voucher.problem
    assert not voucher.fingerprints


async def test_an_answer_beyond_one_datagram_comes_by_tcp(resolver: Resolver) -> None:
    voucher = await vouched(resolver, Host(f"many.{SIGNED}"))
    assert len(voucher.fingerprints) == 60
    first = "SHA256:" + base64.b64encode(bytes(32)).decode().rstrip("=")
    assert first in voucher.fingerprints


async def test_a_resolver_elsewhere_is_not_believed_and_a_dead_one_is_said(resolver: Resolver) -> None:
    far = replace(resolver, believed=False)
    assert "not believed" in (await vouched(far, Host(f"right.{SIGNED}"))).problem
    dead = replace(resolver, port=9)
    assert "127.0.0.1" in (await vouched(dead, Host(f"right.{SIGNED}"))).problem
