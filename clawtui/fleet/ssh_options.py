"""What becomes of every ssh_config option: honoured, refused by name, tightened, or left out with a word about it."""

ACCUMULATE = {"identityfile", "certificatefile"}
WHOLE_LINE = {"proxycommand", "localcommand", "remotecommand", "knownhostscommand"}

# Read into fields of Host.
FIELDS = {
    "hostname",
    "user",
    "port",
    "proxyjump",
    "identityfile",
    "certificatefile",
    "userknownhostsfile",
    "globalknownhostsfile",
    "hostkeyalias",
    "canonicalizehostname",
    "canonicaldomains",
    "canonicalizemaxdots",
    "canonicalizefallbacklocal",
    "canonicalizepermittedcnames",
    "ignoreunknown",
    "tag",
}

# Kept in Host.ssh_options and obeyed by the link.
HONOURED = {
    "addressfamily",
    "batchmode",
    "bindaddress",
    "challengeresponseauthentication",
    "checkhostip",
    "ciphers",
    "connecttimeout",
    "hostkeyalgorithms",
    "identitiesonly",
    "identityagent",
    "kbdinteractiveauthentication",
    "kexalgorithms",
    "macs",
    "passwordauthentication",
    "preferredauthentications",
    "proxycommand",
    "stricthostkeychecking",
}

# They ask for a check or a way in that the asyncssh link does not have: connecting by it would be less safe than was asked
# for, or would not let us in. The system's ssh has them. The values are those that ask for nothing.
OPENSSH_ONLY: dict[str, tuple[str, ...]] = {
    "bindinterface": ("none",),
    "casignaturealgorithms": (),
    "gssapiauthentication": ("no", "false"),
    "gssapikeyexchange": ("no", "false"),
    "gssapidelegatecredentials": ("no", "false"),
    "knownhostscommand": ("none",),
    "pkcs11provider": ("none",),
    "proxyusefdpass": ("no", "false"),
    "pubkeyauthentication": ("yes", "true", "unbound", "host-bound"),
    "requiredrsasize": ("0", "1024"),
    "revokedhostkeys": ("none",),
    "securitykeyprovider": ("internal", "none"),
}
# Debian and others ship these as everybody's default: there they are no wish of anybody's.
SHIPPED = ("gssapiauthentication", "gssapidelegatecredentials", "gssapikeyexchange")
SYSTEM = "/etc/ssh/"

# Ways in by PreferredAuthentications: of every link, of ssh alone.
WAYS_IN = {"publickey", "keyboard-interactive", "password"}
OPENSSH_WAYS_IN = {"gssapi-with-mic", "gssapi-keyex"}

# They would make things less safe; here they are always off.
OFF: dict[str, str] = {
    "forwardagent": "agent forwarding is off",
    "forwardx11": "X11 forwarding is off",
    "forwardx11trusted": "X11 forwarding is off",
    "gssapirenewalforcesrekey": "Kerberos is not used",
    "gssapiserveridentity": "Kerberos is not used",
    "gssapiclientidentity": "Kerberos is not used",
    "gssapitrustdns": "Kerberos is not used",
    "hostbasedauthentication": "hosts do not vouch for users",
    "localcommand": "no local command is run",
    "nohostauthenticationforlocalhost": "localhost must show its key too",
    "permitlocalcommand": "no local command is run",
    "remotecommand": "commands are our own",
    "tunnel": "no tunnel devices",
    "dynamicforward": "no port is forwarded",
    "localforward": "no port is forwarded",
    "remoteforward": "no port is forwarded",
    "verifyhostkeydns": "keys from DNS are not trusted",
}

_NOTHING = ("no", "none", "false", "off")


def refusal_of(option: str, words: tuple[str, ...], place: str) -> str:
    """Why this line forbids a connection whichever link would make it; empty when it does not."""
    key, value = option.lower(), " ".join(words)
    said = f"{option} {value} at {place}"
    if key == "preferredauthentications" and not set(value.lower().split(",")) & (WAYS_IN | OPENSSH_WAYS_IN):
        return f"{said} leaves no way in: a host is entered by {', '.join(sorted(WAYS_IN | OPENSSH_WAYS_IN))}"
    return ""


def demand_of(option: str, words: tuple[str, ...], place: str) -> str:
    """Why this line wants the host to be reached by the system's ssh; empty when any link will do."""
    key, value = option.lower(), " ".join(words)
    said = f"{option} {value} at {place}"
    if key in SHIPPED and place.startswith(SYSTEM):
        return ""
    if key in OPENSSH_ONLY and value.lower() not in OPENSSH_ONLY[key]:
        return said
    if key in ("pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes") and value[:1] not in "+^":
        return said
    if key == "preferredauthentications" and set(value.lower().split(",")) & OPENSSH_WAYS_IN:
        return said
    return ""


def remark_on(option: str, value: str) -> tuple[bool, str]:
    """Is it honoured; if not, a word about what happens instead (empty when it asked for nothing)."""
    key, lower = option.lower(), value.lower()
    if key in FIELDS or (key in OPENSSH_ONLY and key not in SHIPPED):
        return False, ""
    if key == "stricthostkeychecking" and lower not in ("yes", "ask", "true"):
        return False, f"{option} {value}: unknown host keys are asked about, changed ones refused"
    if key in HONOURED:
        return True, ""
    if key in OFF:
        return False, "" if lower in _NOTHING else f"{option} {value}: {OFF[key]}"
    if key in SHIPPED:
        return (
            False,
            "" if lower in _NOTHING else f"{option} {value}: Kerberos logins are tried by the openssh link only",
        )
    return False, f"{option} {value}"
