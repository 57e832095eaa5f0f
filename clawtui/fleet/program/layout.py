"""Where clawtui lies on a bastion or controller: with root for everybody, else in one user's home."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Absolute paths on the host."""

    code: str
    # versions by digest, and `current`
    link: str
    # what is on people's PATH


SYSTEM = Layout("/opt/clawtui/program", "/usr/local/bin/clawtui")


def of_user(home: str) -> Layout:
    """For one user."""
    return Layout(f"{home}/.local/share/clawtui/program", f"{home}/.local/bin/clawtui")
