"""Acting verbs, one file each; the two tables are the only list of them."""

from collections.abc import Callable

from clawtui.engine.act import Act, ActHere
from clawtui.engine.acts.agent_install import AgentInstall
from clawtui.engine.acts.agent_remove import AgentRemove
from clawtui.engine.acts.cp import Cp
from clawtui.engine.acts.install import Install
from clawtui.engine.acts.run import Run
from clawtui.engine.acts.trust import Trust
from clawtui.fleet.keyring import Keyring

ACTS: dict[str, Act] = {
    "run": Run(),
    "cp": Cp(),
    "install": Install(),
    "agent install": AgentInstall(upgrade=False),
    "agent upgrade": AgentInstall(upgrade=True),
    "agent remove": AgentRemove(),
}
HERE: dict[str, Callable[[Keyring], ActHere]] = {"trust": Trust}
# those that need no login
