"""Doctor's part about the way to a host: its name, and what answers at its port, as far as they can be seen from here."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

from clawtui.fleet.check import Check
from clawtui.fleet.host import Fleet, Host

TCP_S = 5.0


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
    if not banner.startswith("SSH-"):
        return Check(
            "tcp",
            "failed",
            f"{where}: greets with {banner!r}, which is no SSH",
            "another service has that port; correct port",
        )
    return Check("tcp", "ok", f"{banner} after {(time.monotonic() - began) * 1000:.0f} ms")


def _reason(problem: BaseException) -> str:
    """The system's words without its number."""
    if isinstance(problem, TimeoutError):
        return f"no answer in {TCP_S:.0f} s"
    return str(getattr(problem, "strerror", "") or problem)
