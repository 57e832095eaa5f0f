"""How a jump host is written: `[user@]host[:port]`, brackets around an IPv6 address, or the same as ssh://."""

from clawtui.fleet.names import is_address, is_name


def split_hop(hop: str) -> tuple[str, str, int]:
    """Login, host and port of one; empty and 0 where it does not say."""
    user, _, place = hop.removeprefix("ssh://").rstrip("/").rpartition("@")
    name, port = place, ""
    if place.count(":") == 1 or "]:" in place:
        name, _, port = place.rpartition(":")
    number = int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else 0
    return user, name.strip("[]"), number


def is_hop(hop: str) -> bool:
    """Could this be a jump host: a name, or an address with brackets where a port follows?"""
    user, name, port = split_hop(hop)
    login, at, place = hop.removeprefix("ssh://").rpartition("@")
    if user.startswith("-") or any(char.isspace() or char in ",/\\" for char in user) or (at and not login):
        return False
    written = f"[{name}]" if place.startswith("[") else name
    return place in (written, f"{written}:{port}") and (is_address(name) or (is_name(name) and ":" not in name))
