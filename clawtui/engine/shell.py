"""How to open a shell on a host from the operator's terminal: the system's ssh, by the same way and with the same trust. Pure."""

import shlex

from clawtui.errors import OptionRefused
from clawtui.fleet.host import Fleet, Host, Transport
from clawtui.fleet.way import hop_before, way
from clawtui.places import Places


def shell_argv(fleet: Fleet, host: Host, places: Places) -> tuple[str, ...]:
    """An argument list for ssh; raises OptionRefused where there is none."""
    if host.refusal:
        raise OptionRefused(host.name, host.refusal)
    way(fleet, host)  # refuses bastions that lead in a circle
    return (*_ssh(fleet, host, places), "-t", "--", host.target)


def _ssh(fleet: Fleet, host: Host, places: Places) -> tuple[str, ...]:
    """Everything but the destination."""
    if host.target.startswith("-") or host.user.startswith("-"):
        raise OptionRefused(host.name, f"an address or user that begins with a dash is an option to ssh: {host.target}")
    words = ["ssh", "-p", str(host.port)]
    if host.transport is Transport.OPENSSH and host.ssh_config:
        words += ["-F", host.ssh_config]  # what made us choose ssh has to count here, too
    if host.user:
        words += ["-l", host.user]
    for identity in host.identities:
        words += ["-i", identity]
    for option, value in _options(host, places).items():
        words += ["-o", f"{option}={value}"]
    for certificate in host.certificates:
        words += ["-o", f"CertificateFile={certificate}"]
    if host.jump:
        hop = hop_before(fleet, host)
        through = (*_ssh(fleet, hop, places), "-W", f"[{host.target}]:{host.port}", "--", hop.target)
        words += ["-o", "ProxyCommand=" + shlex.join(through).replace("%", "%%")]
    return tuple(words)


def _options(host: Host, places: Places) -> dict[str, str]:
    usual = (str(places.home / ".ssh/known_hosts"), str(places.home / ".ssh/known_hosts2"))
    files = dict.fromkeys((str(places.known_hosts), *(host.known_hosts or usual)))
    options = dict(host.ssh_options)
    options["StrictHostKeyChecking"] = "yes"
    options["ForwardAgent"] = "no"
    options["UserKnownHostsFile"] = " ".join(f'"{file}"' for file in files)
    if host.host_key_alias:
        options["HostKeyAlias"] = host.host_key_alias
    return options
