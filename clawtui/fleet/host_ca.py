"""When a fleet would be better off with an authority that signs host keys, and the three commands that set one up. Pure."""

import re
from collections.abc import Iterable

from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known

MANY = 10
SOME = 3
# that is many where it is half of a small fleet
_STRUCK = re.compile(r"# \d{4}-\d\d-\d\d by .*: (\S+) [a-z0-9@.-]+ AAAA[A-Za-z0-9+/=]+(?: .*)?")
_REVOKED = re.compile(r"@revoked (\S+) \S+ \S+ replaced .*")


def built_anew(text: str) -> int:
    """Hosts whose key was replaced, by what our known_hosts keeps of it."""
    lines = text.split("\n")
    return len({found[1] for line in lines if (found := _STRUCK.fullmatch(line) or _REVOKED.fullmatch(line))})


def advised(hosts: Iterable[tuple[Host, Known]], anew: int) -> tuple[str, str]:
    """Why, and the commands; empty where keys host by host do well."""
    known = list(hosts)
    unknown = sum(not (one.trusted or one.authorities) for _, one in known)
    if max(unknown, anew) < MANY and not SOME <= unknown + anew >= len(known) / 2:
        return "", ""
    why = [f"{unknown} of {len(known)} hosts have no key that anybody vouched for"] * bool(unknown)
    why += [f"{anew} were built anew"] * bool(anew)
    first = known[0][0]
    remedy = (
        "1. once, where it is safe: ssh-keygen -t ed25519 -f host_ca "
        f"2. for each host: ssh-keygen -s host_ca -h -I {first.name} -n {first.target} -V +52w ssh_host_ed25519_key.pub "
        "(the certificate beside its key, HostCertificate in its sshd_config) "
        "3. here: clawtui trust all --from host_ca.pub"
    )
    return f"{', '.join(why)}: an authority would vouch for all of them, also when they are built anew", remedy
