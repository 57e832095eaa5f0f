"""Who besides owner and group may use what is made in a folder: an access list that its files are born with.

Written as the kernel keeps it, since the programs for it are on few hosts.
"""

import errno
import os
import pwd
import struct
from pathlib import Path

AGENT = "clawtui-agent"
DEFAULT = "system.posix_acl_default"
VERSION = 2
OWNER, USER, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
NOBODY = 0xFFFFFFFF
READ_WRITE, ALL, NONE = 6, 7, 0
WITHOUT = (errno.ENOTSUP, errno.ENOSYS, errno.EPERM)


def granted(folder: Path) -> bool:
    """May the agent ask the sockets of this folder? Also true where no agent of root's is installed."""
    wanted = _list()
    try:
        return not wanted or os.getxattr(str(folder), DEFAULT) == wanted
    except OSError as error:
        return error.errno in WITHOUT


def grant(folder: Path) -> None:
    """From now on; a file system that keeps no lists leaves the agent outside, where it says that it has no permission."""
    wanted = _list()
    try:
        if wanted:
            os.setxattr(str(folder), DEFAULT, wanted)
    except OSError as error:
        if error.errno not in WITHOUT:
            raise


def _list() -> bytes:
    try:
        agent = pwd.getpwnam(AGENT).pw_uid
    except KeyError:
        return b""
    entries = (
        (OWNER, ALL, NOBODY),
        (USER, READ_WRITE, agent),
        (GROUP, ALL, NOBODY),
        (MASK, ALL, NOBODY),
        (OTHER, NONE, NOBODY),
    )
    return struct.pack("<I", VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
