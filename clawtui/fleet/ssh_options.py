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
    "checkhostip",
    "ciphers",
    "connecttimeout",
    "hostkeyalgorithms",
    "identitiesonly",
    "identityagent",
    "kexalgorithms",
    "macs",
    "proxycommand",
    "stricthostkeychecking",
}

# They ask for a check or a way in that no link of ours has: connecting without it would be less safe than was asked for.
# The values are those that ask for nothing.
REFUSED: dict[str, tuple[str, ...]] = {
    "bindinterface": (),
    "casignaturealgorithms": (),
    "knownhostscommand": ("none",),
    "pkcs11provider": ("none",),
    "proxyusefdpass": ("no", "false"),
    "pubkeyauthentication": ("yes", "true", "unbound", "host-bound"),
    "requiredrsasize": ("0", "1024"),
    "revokedhostkeys": ("none",),
    "securitykeyprovider": ("internal", "none"),
}

# They would make things less safe; here they are always off.
OFF: dict[str, str] = {
    "forwardagent": "agent forwarding is off",
    "forwardx11": "X11 forwarding is off",
    "forwardx11trusted": "X11 forwarding is off",
    "gssapiauthentication": "Kerberos logins are not tried",
    "gssapidelegatecredentials": "credentials are not delegated",
    "gssapikeyexchange": "the host must show its key",
    "gssapirenewalforcesrekey": "Kerberos is not used",
    "gssapiserveridentity": "Kerberos is not used",
    "gssapiclientidentity": "Kerberos is not used",
    "gssapitrustdns": "Kerberos is not used",
    "hostbasedauthentication": "hosts do not vouch for users",
    "kbdinteractiveauthentication": "keyboard-interactive logins are not tried",
    "challengeresponseauthentication": "keyboard-interactive logins are not tried",
    "localcommand": "no local command is run",
    "nohostauthenticationforlocalhost": "localhost must show its key too",
    "passwordauthentication": "passwords are not tried",
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
    """Why this line forbids a connection; empty when it does not."""
    key, value = option.lower(), " ".join(words)
    said = f"{option} {value} at {place}"
    if key in REFUSED and value.lower() not in REFUSED[key]:
        return f"{said} is not honoured by this link, so no connection is made"
    if key == "preferredauthentications" and "publickey" not in value.lower().split(","):
        return f"{said} leaves no way in that is supported: only publickey is"
    if key in ("pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes") and value[:1] not in "+^-":
        return f"{said} limits keys in a way that this link does not honour, so no connection is made"
    if key in ("pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes") and value.startswith("-"):
        return f"{said} forbids keys in a way that this link does not honour, so no connection is made"
    return ""


def remark_on(option: str, value: str) -> tuple[bool, str]:
    """Is it honoured; if not, a word about what happens instead (empty when it asked for nothing)."""
    key, lower = option.lower(), value.lower()
    if key in FIELDS or key in REFUSED:
        return False, ""
    if key == "stricthostkeychecking" and lower not in ("yes", "ask", "true"):
        return False, f"{option} {value}: unknown host keys are asked about, changed ones refused"
    if key in HONOURED:
        return True, ""
    if key in OFF:
        return False, "" if lower in _NOTHING else f"{option} {value}: {OFF[key]}"
    return False, f"{option} {value}"
