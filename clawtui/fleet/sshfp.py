"""Fingerprints of host keys from DNS (SSHFP, RFC 4255): believed only where DNSSEC proved them."""

import base64
from ipaddress import ip_address

from clawtui.fleet.dns import Resolver, query
from clawtui.fleet.host import Host
from clawtui.fleet.vouched import Voucher

SSHFP = 44
SHA256 = 2
SHA256_BYTES = 32


async def vouched(resolver: Resolver, host: Host) -> Voucher:
    """What DNS says of a host; every reason not to believe it is a problem in words."""
    name = name_of(host)
    if not name:
        return Voucher(problem=f"{host.target} is an address and {host.name} no full name: DNS cannot be asked for it")
    try:
        reply = await query(resolver, name, SSHFP)
    except TimeoutError:
        return Voucher(problem=f"the resolver {resolver.address} does not answer about {name}")
    except OSError as error:
        return Voucher(problem=f"the resolver {resolver.address}, asked for {name}: {error.strerror or error}")
    if reply.failure:
        return Voucher(problem=f"{name} in DNS: {reply.failure}")
    if not reply.records:
        return Voucher(problem=f"{name} has no SSHFP record; ssh-keygen -r {name} on the host prints them")
    if not resolver.believed:
        words = "is not on this machine and resolv.conf does not say options trust-ad"
        return Voucher(problem=f"not believed: the resolver {resolver.address} {words}")
    if not reply.authentic:
        return Voucher(problem=f"not believed: the SSHFP records of {name} come without DNSSEC proof")
    fingerprints = tuple(dict.fromkeys(print_ for record in reply.records if (print_ := of_record(record))))
    if not fingerprints:
        return Voucher(problem=f"{name} has SSHFP records of SHA-1 only, which is too weak")
    return Voucher(fingerprints=fingerprints)


def name_of(host: Host) -> str:
    """The full name that is asked for; empty where there is none."""
    for name in (host.target, host.name, *host.aliases):
        if "." in name.strip(".") and not _address(name):
            return name
    return ""


def of_record(data: bytes) -> str:
    """`SHA256:…`; empty for another kind of digest."""
    if len(data) != 2 + SHA256_BYTES or data[1] != SHA256:
        return ""
    return "SHA256:" + base64.b64encode(data[2:]).decode().rstrip("=")


def _address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
