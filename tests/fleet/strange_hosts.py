"""One host of every kind that people really have: how it is made, how its operator names it, what clawtui says of it."""

from dataclasses import dataclass

from tests.fleet.test_fleet_become import WAYS
from tests.fleet.test_fleet_devices import CARD
from tests.fleet.test_fleet_linger import LOGIND, STRICT
from tests.fleet.test_fleet_two_factor import PORT
from tests.fleet.test_fleet_two_factor import SETUP as TWO_FACTOR

GATE, INNER, REIMAGED, READER, SIX, CARDS = "gate", "vault-1", "new-1", "ro-1", "six-1", "gpu-1"
SYSTEMD, CONTAINER, PLAIN, NOBODY = "systemd", "container", "plain", "nobody"
BUSY = """\
printf %s {page} | base64 -d >/opt/page_server.py
printf %s {library} | base64 -d >/opt/fake/libnvidia-ml.so.1
echo busy 40 >/opt/fake/nvml
for kind in vllm fastapi; do
  port=8000; [ $kind = vllm ] || port=8001
  systemd-run --quiet --unit=$kind --property=User=nobody python3 /opt/page_server.py $kind 20 $port
done
"""
NOEXEC = "mount -t tmpfs -o noexec,mode=700,uid=$(id -u guest) tmpfs /home/guest"
EXPORTER = (
    "setsid prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --log.level=error </dev/null >/dev/null 2>&1 &"
)
READS = "echo 'restrict,command=\"/opt/clawtui/agent/current/clawtui-agent proxy\" {reader}' >>/etc/ssh/authorized"
RESTRICTED = "the agent through a restricted key: this key may only read"
OURS, OWN = "the agent at /run/clawtui-agent/agent.sock", "the login's own agent at /tmp/clawtui-agent-"
LOOP = 'a loop in sh over /proc: agent = "none"'
TEMPORARY = 'the agent from a temporary folder, gone when the line ends: agent = "temporary"'


@dataclass(frozen=True, slots=True)
class Strange:
    """One of them."""

    name: str
    runs: str
    # systemd, container (files of its own, no systemd), plain (the machine's files), or nobody is there
    setup: str = ":"
    # in the host, by its root
    ssh: tuple[str, ...] = ()
    # further lines of ~/.ssh/config
    inventory: str = "ssh_config"
    # or ansible, command
    table: tuple[str, ...] = ()
    # what the fleet file says of it
    way: str = ""
    # of test_fleet_become: login `it`, what it may do
    installs: bool = False
    # gets an agent by `clawtui agent install @agents`
    state: str = "ok"
    badges: tuple[str, ...] = ()
    says: str = ""
    # where its numbers come from, else why there are none; the beginning of it
    services: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


def ours(name: str, way: str, become: str) -> Strange:
    """Root in one of its ways, and an agent under systemd."""
    table = (f'become = "{become}"', 'become_password = { file = "~/.sudo" }') if "password" in way else ()
    table = table or ((f'become = "{become}"',) if become else ())
    user = WAYS[way].user
    return Strange(name, SYSTEMD, ssh=(f"User {user}",), way=way, table=table, installs=True, says=OURS)


AGENTLESS = ("agentless",)
HOSTS = (
    ours("web-1", "root", ""),
    Strange(CARDS, SYSTEMD, f"{CARD}{BUSY}", installs=True, says=OURS, services=("chat", "api"), devices=("gpu0",)),
    ours("pay-1", "sudo with a password", "sudo"),
    ours("bank-1", "sudo for our list", "sudo"),
    ours("mail-1", "doas", "doas"),
    Strange("dev-1", SYSTEMD, LOGIND.format(":"), ("User guest",), installs=True, says=OWN),
    Strange(
        "dev-2", SYSTEMD, LOGIND.format(STRICT), ("User guest",), installs=True,
        state="no-agent", says="its agent is installed and does not run",
    ),
    Strange("noexec-1", SYSTEMD, NOEXEC, ("User guest",), installs=True, says=OWN),
    Strange(READER, SYSTEMD, READS, ("IdentityFile {ssh}/reader",), says=RESTRICTED),
    Strange(GATE, SYSTEMD, TWO_FACTOR, ("User anna", f"Port {PORT}"), state="no-agent", says="no agent runs here"),
    Strange("box-1", CONTAINER, installs=True, says=OURS),
    Strange(
        "tiny-1", CONTAINER, "rm -f /usr/bin/python3*", table=('agent = "none"',), badges=AGENTLESS, says=LOOP,
    ),
    Strange("tmp-1", PLAIN, table=('agent = "temporary"',), badges=AGENTLESS, says=TEMPORARY),
    Strange("exporter-1", PLAIN, EXPORTER, badges=AGENTLESS, says="node-exporter on its port 9100: no agent is installed here"),
    Strange("corp-1", PLAIN, ssh=("RequiredRSASize 3072",), table=('agent = "none"',), badges=AGENTLESS, says=LOOP),
    Strange("ans-1", PLAIN, inventory="ansible", badges=AGENTLESS, says=LOOP),
    Strange("cmdb-1", PLAIN, inventory="command", badges=AGENTLESS, says=LOOP),
    Strange(REIMAGED, PLAIN, state="refused", says="KEY CHANGED: it shows ssh-ed25519 SHA256:"),
    Strange(SIX, PLAIN, table=('agent = "none"',), badges=AGENTLESS, says=LOOP),
    Strange("データ-1", PLAIN, table=('agent = "none"',), badges=AGENTLESS, says=LOOP),
    Strange(INNER, PLAIN, ssh=(f"ProxyJump {GATE}",), table=('agent = "temporary"',), badges=AGENTLESS, says=TEMPORARY),
    Strange("dead-1", NOBODY, state="down", says="{address}: no route to it"),
)  # fmt: skip
