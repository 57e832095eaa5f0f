"""Acting verbs, one file each; the table is the only list of them."""

from clawtui.engine.act import Act
from clawtui.engine.acts.agent_install import AgentInstall
from clawtui.engine.acts.agent_remove import AgentRemove
from clawtui.engine.acts.cp import Cp
from clawtui.engine.acts.install import Install
from clawtui.engine.acts.run import Run
from clawtui.engine.acts.trust import Trust

ACTS: dict[str, Act] = {
    "run": Run(),
    "cp": Cp(),
    "install": Install(),
    "agent install": AgentInstall(upgrade=False),
    "agent upgrade": AgentInstall(upgrade=True),
    "agent remove": AgentRemove(),
    "trust": Trust(),
}
