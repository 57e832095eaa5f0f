"""`[[clean_up]]`: what a timer deletes; never a folder of the system's own."""

from clawtui.deploy.keys import Keys
from clawtui.deploy.spec import CleanUp

LEAST_S = 60.0
# what a slip of the pen must not empty: these and, but for the last row, all below them
_WHOLE = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
)
_ITSELF = (
    "/",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/srv",
    "/tmp",  # noqa: S108 - a name
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/tmp",  # noqa: S108 - a name
)


def clean_up(keys: Keys) -> CleanUp:
    """Parse one."""
    path = keys.needed("path", 'a folder: absolute, or below ROOT/SERVICE/shared, such as "tmp"')
    parts = path.removeprefix("/").split("/")
    if path and (any(part in ("", ".", "..") for part in parts) or not path.isprintable()):
        keys.fault(
            "path", f"{path!r} must be plain: absolute or below shared, without . and .. and without / at its end"
        )
    elif path.startswith("/") and is_system(path):
        keys.fault("path", f"{path} belongs to the system; only folders of the service's own are cleaned")
    match = keys.text("match", "*")
    if "/" in match or not match:
        keys.fault("match", f"{match!r} is a pattern for the names of files, such as *.tmp: without /")
    if "older" not in keys:
        keys.fault("older", 'is missing; how old a file must be to go: older = "7d"')
    return CleanUp(path, keys.seconds("older", 7 * 86400.0, least=LEAST_S), match)


def is_system(path: str) -> bool:
    """Would emptying or filling it harm the host itself?"""
    return path in _ITSELF or any(path == one or path.startswith(f"{one}/") for one in _WHOLE)
