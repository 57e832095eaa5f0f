"""Doctor's part about the way to a host: its name, and what answers at its port, as far as they can be seen from here."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

from clawtui.fleet.check import Check
from clawtui.fleet.host import Fleet, Host

TCP_S = 5.0
AWAY = (
    "connect to it no more for some minutes, then mend what failed to log in; "
    "its sshd_config: PerSourcePenaltyExemptList YOUR-ADDRESS, a higher MaxStartups"
)


async def way(fleet: Fleet, host: Host) -> AsyncIterator[Check]:
    """Name and TCP, where they can be seen from here."""
    if host.refusal:
        yield Check(
            "name", "failed", host.refusal, "take the option out for this host, or give the host in a fleet file"
        )
        return
    if host.jump:
        through = " → ".join(host.jump)
        words = f"{host.target} is looked up and dialled by {through}"
        yield Check("name", "skipped", words)
        yield Check(
            "tcp", "skipped", f"through {through}; clawtui doctor {host.jump[0]}" if fleet.host(host.jump[0]) else words
        )
        return
    try:
        async with asyncio.timeout(TCP_S):
            found = await asyncio.get_running_loop().getaddrinfo(host.target, host.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as problem:
        words = f"{host.target}: {_reason(problem)}"
        yield Check("name", "failed", words, f"correct address of {host.name} in {host.origin}, or ask your DNS")
        return
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    yield Check("name", "ok", f"{host.target} is {', '.join(addresses)}")
    yield await _tcp(host, addresses[0])


async def _tcp(host: Host, address: str) -> Check:
    """Does something that speaks SSH greet?"""
    where = f"{address} port {host.port}"
    began = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(TCP_S):
            reader, writer = await asyncio.open_connection(address, host.port)
            banner = (await reader.readline())[:200].decode("utf-8", "replace").strip()
    except TimeoutError:
        words = (
            f"{where}: connected, but no banner in {TCP_S:.0f} s" if writer else f"{where}: no answer in {TCP_S:.0f} s"
        )
        remedy = (
            "sshd there hangs: look at its load and MaxStartups"
            if writer
            else "is it up? a firewall dropping packets looks like this"
        )
        return Check("tcp", "failed", words, remedy)
    except OSError as problem:
        remedy = "is sshd running there, on this port? see port in the fleet file"
        return Check("tcp", "failed", f"{where}: {_reason(problem)}", remedy)
    finally:
        if writer:
            writer.close()
    if said := turned_away(banner):
        return Check("tcp", "failed", f"{where}: {said}", AWAY)
    if not banner.startswith("SSH-"):
        return Check(
            "tcp",
            "failed",
            f"{where}: greets with {banner!r}, which is no SSH",
            "another service has that port; correct port",
        )
    return Check("tcp", "ok", f"{banner} after {(time.monotonic() - began) * 1000:.0f} ms")


def turned_away(banner: str) -> str:
    """An sshd that hangs up before it greets, by what it says then; empty for one that greets."""
    match banner:
        case "Not allowed at this time":  # OpenSSH from 9.8 on says no more than this, for either reason
            return (
                f"sshd says {banner!r}: PerSourcePenalties holds earlier failed logins against this address, "
                "or MaxStartups is reached"
            )
        case "Exceeded MaxStartups":
            return f"sshd says {banner!r}: too many logins are going on there"
        case "":
            return (
                "connected, and hung up on without a word: MaxStartups, a penalty (PerSourcePenalties), or a firewall"
            )
        case _:
            return ""


def _reason(problem: BaseException) -> str:
    """The system's words without its number."""
    if isinstance(problem, TimeoutError):
        return f"no answer in {TCP_S:.0f} s"
    return str(getattr(problem, "strerror", "") or problem)
