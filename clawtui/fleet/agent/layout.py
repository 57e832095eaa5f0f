"""Where the agent lies on a host: with root, or in one user's home."""

import re
from dataclasses import dataclass

NAME = "clawtui-agent"
UNIT = f"{NAME}.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
FOLDER = re.compile(r"[0-9a-f]{16}-psutil[0-9.]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Absolute paths on the host."""

    root: bool
    code: str
    # versions by digest, and `current`
    state: str
    # config.json and rings
    runtime: str
    # folder of the socket
    group: str

    @property
    def socket(self) -> str:
        """What the engine connects to."""
        return f"{self.runtime}/agent.sock"

    @property
    def config(self) -> str:
        """What the agent reads."""
        return f"{self.state}/config.json"

    @property
    def launcher(self) -> str:
        """The stable name of the program."""
        return f"{self.code}/current/{NAME}"


def system_layout() -> Layout:
    """Installed by root for everybody in the group."""
    return Layout(root=True, code="/opt/clawtui/agent", state=f"/var/lib/{NAME}", runtime=f"/run/{NAME}", group=NAME)


def user_layout(home: str, machine_id: str, uid: int) -> Layout:
    """Installed for one user; a home may be shared by many machines, so each has its own folder.

    The socket is in /tmp, in a folder closed to others: /run/user/UID vanishes with the last login, the agent stays.
    """
    return Layout(
        root=False,
        code=f"{home}/.local/share/{NAME}/{machine_id}",
        state=f"{home}/.local/state/{NAME}/{machine_id}",
        runtime=f"/tmp/{NAME}-{uid}",  # noqa: S108 — made with mode 0700 and refused when somebody else owns it
        group="",
    )


def spare_layout(machine_id: str, uid: int) -> Layout:
    """The same where the home runs no programs or cannot be written: a folder of the user's own that outlives a reboot."""
    spare = f"/var/tmp/{NAME}-{uid}/{machine_id}"  # noqa: S108 — as above
    return Layout(root=False, code=spare, state=f"{spare}-state", runtime=f"/tmp/{NAME}-{uid}", group="")  # noqa: S108
