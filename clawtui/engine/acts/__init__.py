"""Acting verbs, one file each; the three tables are the only list of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from clawtui.engine.act import Act, ActAtOnce, ActHere
from clawtui.engine.acts.agent_install import AgentInstall
from clawtui.engine.acts.agent_remove import AgentRemove
from clawtui.engine.acts.cp import Cp
from clawtui.engine.acts.deploy import Deploy, DeployUndo
from clawtui.engine.acts.install import Install
from clawtui.engine.acts.run import Run
from clawtui.engine.acts.trust import Trust
from clawtui.fleet.keyring import Keyring

if TYPE_CHECKING:
    from clawtui.engine.deploying.yard import Yard

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
AT_ONCE: "dict[str, Callable[[Yard], ActAtOnce]]" = {"deploy apply": Deploy, "deploy undo": DeployUndo}
# one piece of work for all hosts
