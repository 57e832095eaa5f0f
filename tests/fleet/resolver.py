"""A real validating resolver on loopback: one signed zone, one whose records were tampered with, one without signatures."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.fleet.sshd import free_port

SIGNED, TAMPERED, PLAIN = "fleet.test", "forged.test", "plain.test"
ZONE = """\
$ORIGIN {zone}.
$TTL 300
@ IN SOA ns.{zone}. root.{zone}. 1 3600 600 86400 300
@ IN NS ns.{zone}.
ns IN A 127.0.0.1
{records}
"""
CONF = """\
server:
  directory: "{folder}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1@{port}
  module-config: "validator iterator"
  trust-anchor-signaling: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
{anchors}
remote-control:
  control-enable: no
{zones}
"""
AUTH_ZONE = """\
auth-zone:
  name: "{zone}"
  zonefile: "{file}"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
"""


@contextmanager
def resolving(folder: Path, records: str) -> Iterator[int]:
    """Its port; `records` stand in each of the three zones."""
    folder.mkdir()
    port, anchors, zones = free_port(), "", ""
    for zone in (SIGNED, TAMPERED, PLAIN):
        file = folder / zone
        file.write_text(ZONE.format(zone=zone, records=records))
        if zone != PLAIN:
            key = _signed(folder, zone)
            anchors += f'  trust-anchor-file: "{folder / key}.key"\n'
            file = folder / f"{zone}.signed"
        if zone == TAMPERED:
            file.write_text(file.read_text().replace("SSHFP\t4 2 ", "SSHFP\t1 2 "))
        zones += AUTH_ZONE.format(zone=zone, file=file)
    (folder / "unbound.conf").write_text(CONF.format(folder=folder, port=port, anchors=anchors, zones=zones))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["unbound", "-d", "-c", folder / "unbound.conf"], stdout=log, stderr=log)
    try:
        _wait(process, folder)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _signed(folder: Path, zone: str) -> str:
    """Name of the zone's key."""
    made = subprocess.run(
        ["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone], cwd=folder, check=True, capture_output=True, text=True
    )
    key = made.stdout.strip()
    subprocess.run(["ldns-signzone", "-o", zone, zone, key], cwd=folder, check=True, capture_output=True)
    return key


def _wait(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    end = time.monotonic() + 10
    while "start of service" not in (folder / "log").read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError((folder / "log").read_text())
        time.sleep(0.02)
