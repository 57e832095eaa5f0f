"""The least that an administrator has to allow, as lines for sudoers or doas.conf and as text for a ticket. Pure."""

import hashlib
import re

from clawtui import shipped
from clawtui.fleet.agent.scripts import VERBS, placed
from clawtui.fleet.become import HELPER
from clawtui.fleet.host import Become

RULES_FILE = {Become.SUDO: "/etc/sudoers.d/clawtui (visudo -f)", Become.DOAS: "/etc/doas.conf"}
# every verb of the helper as an administrator reads it
MEANING = {
    "version": "say which version the helper is",
    "look": "say what is installed: version, digests, whether it runs",
    "unpack": "check an upload as clawtui-agent, put it below /opt/clawtui/agent",
    "switch": "make that version the current one, write the unit, (re)start it",
    "restore": "go back to the version before and start it",
    "prune": "remove old versions",
    "last_words": "the last 12 lines of its journal",
    "talk": "speak with the agent's socket as clawtui-agent",
    "remove": "take everything away again",
}


def rules(become: Become, user: str) -> tuple[str, ...]:
    """One line a verb, exact to the last argument: nothing in it can be widened by who types."""
    if become is Become.DOAS:
        return tuple(f"permit nopass {_doas(user)} as root cmd {HELPER} args {verb}" for verb in VERBS)
    name = re.sub(r'([\\,:=!@"\s%#()])', r"\\\1", user)
    return (
        f"Defaults!{HELPER} !requiretty",
        *(f"{name} ALL=(root) NOPASSWD: {HELPER} {verb}" for verb in VERBS),
    )


def policy(host: str, become: Become, user: str) -> str:
    """What to paste into a ticket."""
    become = Become.DOAS if become is Become.DOAS else Become.SUDO
    text, helper = shipped.read("templates/become/policy.txt"), placed()
    file = RULES_FILE[become]
    values = {
        "HOST": host,
        "USER": user,
        "VERBS": "\n".join(f"              {HELPER} {verb:<11} {MEANING[verb]}" for verb in VERBS),
        "LINES": str(helper.count("\n")),
        "SHA256": hashlib.sha256(helper.encode()).hexdigest(),
        "RULES": "\n".join(f"   {line}" for line in rules(become, user)),
        "SUDO_FILE": f"{file.split(' ')[0]:<41} the lines below, placed by you",
        "RULES_FILE": file,
    }
    return re.sub(r"@([A-Z0-9_]+)@", lambda found: values[found[1]], text)


def _doas(user: str) -> str:
    return (
        user if re.fullmatch(r"[A-Za-z0-9_.-]+", user) else '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
