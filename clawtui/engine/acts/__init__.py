"""Acting verbs, one file each; the three tables are the only list of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from clawtui.engine.act import Act, ActAtOnce, ActHere
from clawtui.engine.acts.agent_install import AgentInstall
from clawtui.engine.acts.agent_remove import AgentRemove
from clawtui.engine.acts.cp import Cp
from clawtui.engine.acts.deploy import Deploy, DeployAdopt, DeployUndo
from clawtui.engine.acts.deploy_order import DeployAbort, DeployNext, DeployResume
from clawtui.engine.acts.deploy_unlock import DeployUnlock
from clawtui.engine.acts.drain import drain, undrain
from clawtui.engine.acts.install import Install
from clawtui.engine.acts.run import Run
from clawtui.engine.acts.service import ServiceAct
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
    "deploy unlock": DeployUnlock(),
    "service start": ServiceAct("start"),
    "service stop": ServiceAct("stop"),
    "service restart": ServiceAct("restart"),
}
HERE: dict[str, Callable[[Keyring], ActHere]] = {"trust": Trust, "service drain": drain, "service undrain": undrain}
# those that need no login
AT_ONCE: "dict[str, Callable[[Yard], ActAtOnce]]" = {
    "deploy apply": Deploy,
    "deploy adopt": DeployAdopt,
    "deploy undo": DeployUndo,
    "deploy next": DeployNext,
    "deploy abort": DeployAbort,
    "deploy resume": DeployResume,
}
# one piece of work for all hosts
