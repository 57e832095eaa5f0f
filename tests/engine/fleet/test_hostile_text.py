"""Random inventories: read, or refused with file and line; never a traceback, never long."""

import random
import time
from pathlib import Path

import pytest

from clawtui.errors import ConfigError
from clawtui.fleet.context import load_fleet
from clawtui.fleet.host import Fleet

ROUNDS = 400
ANYTHING = (
    "\0¦\x1b[2J¦\r\n¦\n¦\n\n¦\t¦ ¦  ¦\"¦'¦\\¦#¦=¦:¦,¦!¦*¦?¦[¦]¦{¦}¦%¦%h¦%%¦%z¦${X}¦${¦~¦~root/¦$¦é¦日本¦\u202e¦\ud800¦\ufeff"
    "¦\u2028¦-¦--¦a¦web¦0¦65536¦2001:db8::1¦999999999999999999999999¦" + "x" * 300
).split("¦")
SSH = [
    "Host ",
    "Match ",
    "Match host ",
    "Match exec ",
    "Match all",
    "Match final ",
    "Include ",
    "Include /dev/null",
    "HostName ",
    "Port ",
    "ProxyJump ",
    "ProxyCommand ",
    "IdentityFile ",
    "User ",
    "CanonicalizeHostname yes",
    "CanonicalDomains ",
    "CanonicalizeMaxDots ",
    "UserKnownHostsFile ",
    "IdentityAgent ",
    "Tag ",
    "\nHost web\n",
    "none",
    "a,b",
    "me@b:22",
]
INI = (
    "[web]\n¦[web:vars]\n¦[web:children]\n¦[all:vars]\n¦w[1:3]¦w[a:¦w[1:99999999]¦ansible_host=¦ansible_port=¦{{ x }}"
    "¦ansible_ssh_common_args=¦-o ProxyJump=¦-J ¦ansible_group_priority=¦ansible_become=yes¦'''¦---¦plugin: x\n¦"
    + "("
    * 60
).split("¦")
YAML = (
    "all:\n¦  hosts:\n¦    web:\n¦      ansible_host: ¦  children:\n¦  vars:\n¦    x: ¦&a ¦*a¦<<: *a\n¦!vault |\n"
    "¦!!python/object:os.system ¦!!int ¦!!bool ¦!!float ¦!!null ¦!!timestamp ¦!!binary ¦!!set ¦!x ¦- ¦? ¦|\n¦>-\n¦{¦}¦...\n¦---\n"
    "¦null¦2001-99-99¦= ¦<<: ¦$ANSIBLE_VAULT;1.1;AES256\n¦ansible_user: ¦" + "[" * 40
).split("¦")


def text(seed: int, words: list[str]) -> str:
    """Half grammar, half rubbish, with line ends now and then."""
    random_ = random.Random(seed)
    pieces = [random_.choice(words if random_.random() < 0.6 else ANYTHING) for _ in range(random_.randint(1, 24))]
    return "".join(piece + random_.choice(["", "", " ", "\n"]) for piece in pieces)


def read(tmp_path: Path, inventory: str, table: str) -> Fleet | None:
    (tmp_path / "inventory").write_bytes(inventory.encode("utf-8", "surrogatepass"))
    fleet = tmp_path / "fleet.toml"
    fleet.write_text(f'version = 1\n[context]\nname = "t"\n{table}\n')
    started, refused, found = time.monotonic(), None, None
    try:
        found = load_fleet(fleet, home=tmp_path, environ={})
    except ConfigError as error:
        refused = error
    assert found or (refused and refused.file and refused.line), str(refused)
    assert time.monotonic() - started < 10
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("words", "table"),
    [
        (SSH, '[[ssh_config]]\nfile = "inventory"\nhosts = ["*", "web"]'),
        (INI, '[[ansible]]\nsource = "inventory"\nstatic = true'),
        (YAML, '[[ansible]]\nsource = "inventory"\nstatic = true'),
    ],
    ids=["ssh_config", "ini", "yaml"],
)
def test_any_text_is_read_or_refused_with_its_line(tmp_path: Path, words: list[str], table: str, seed: int) -> None:
    fleets = [read(tmp_path, text(seed * ROUNDS + number, words), table) for number in range(ROUNDS // 4)]
    assert any(fleets)
    assert not all(fleets)


@pytest.mark.parametrize(
    "inventory",
    [
        "a: " + "[" * 5000,
        "{" * 5000,
        "[x]\n" + "h a=" + "(" * 5000 + "\n",
        "[x]\n" + "h a=" + "-" * 100_000 + "1\n",
        "x:\n" + "".join(" " * (2 * n + 2) + f"children:\n{' ' * (2 * n + 3)}g{n}:\n" for n in range(1, 400)),
    ],
    ids=["deep list", "deep mapping", "deep literal", "long literal", "deep groups"],
)
def test_texts_made_to_exhaust_end_soon(tmp_path: Path, inventory: str) -> None:
    read(tmp_path, inventory, '[[ansible]]\nsource = "inventory"\nstatic = true')


def test_merges_that_multiply_end_soon(tmp_path: Path) -> None:
    lines = ["all:", "  hosts: {w: }", "  vars:", "    v0: &v0 {k: 1}"]
    lines += [f"    v{n}: &v{n} {{<<: [*v{n - 1}, *v{n - 1}]}}" for n in range(1, 40)]
    assert read(tmp_path, "\n".join(lines), '[[ansible]]\nsource = "inventory"\nstatic = true')


def test_values_shared_by_aliases_end_soon(tmp_path: Path) -> None:
    lines = ["all:", "  hosts: {w: }", "  vars:", "    v0: &v0 [x]"]
    lines += [f"    v{n}: &v{n} [*v{n - 1}, *v{n - 1}]" for n in range(1, 40)]
    assert read(tmp_path, "\n".join(lines), '[[ansible]]\nsource = "inventory"\nstatic = true')
