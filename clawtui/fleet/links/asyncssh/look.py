"""Which key a host shows, without logging in: what a fingerprint is compared with."""

import asyncio

import asyncssh

from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known
from clawtui.fleet.link import Dialler, Held
from clawtui.fleet.links.asyncssh.dial import KEX, RSA, AsyncsshDialler, way_in
from clawtui.fleet.links.asyncssh.failures import Progress, translated

Shown = tuple[str, bytes]
# kind and blob of a key


async def shown(dialler: Dialler, host: Host, through: Held | None, kind: str) -> Shown | None:
    """The host's key of this kind, None where it shows none; a LinkError where it does not answer."""
    assert isinstance(dialler, AsyncsshDialler)
    progress = Progress(dialler.attempt(host, through), Known())
    asking = asyncio.create_task(_asked(host, through, kind), name=f"look at the {kind} key of {host.name}")
    try:
        done, _ = await asyncio.wait({asking}, timeout=progress.attempt.timeout_s)
        key = asking.result() if done else None
    except (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError):
        return None  # sshd may hang up over a missing kind before we have read which ones it has
    except (OSError, ValueError, asyncssh.Error) as error:
        raise translated(error, progress) from error
    finally:
        dialler.abandon(asking)
    if not done:
        raise translated(TimeoutError(), progress)
    return (key.get_algorithm(), key.public_data) if key else None


async def _asked(host: Host, through: Held | None, kind: str) -> asyncssh.SSHKey | None:
    command = host.ssh_options.get("proxycommand")
    tunnel, sock = await way_in(host, through)
    return await asyncssh.get_server_host_key(
        host.target,
        host.port,
        config=None,
        tunnel=tunnel,
        sock=sock,
        proxy_command=["/bin/sh", "-c", f"exec {command}"] if command else None,
        kex_algs=host.ssh_options.get("kexalgorithms") or KEX,
        server_host_key_algs=RSA if kind == "ssh-rsa" else (kind,),
    )
