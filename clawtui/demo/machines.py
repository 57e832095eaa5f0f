"""The hosts of the demo and what a visitor finds on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SERVICE = "bot"
BUDGET = 768 * 1024 * 1024
# bytes of memory that a host may use: the shipped rule looks at 500 MB free, so a calm host must keep clearly more


@dataclass(frozen=True, slots=True)
class Machine:
    """One local host, before it has ports and folders."""

    name: str
    groups: tuple[str, ...]
    site: str
    region: str
    jump: tuple[str, ...] = ()
    rate: float = 12.0
    # requests a second that its customers send
    think_s: float = 0.06
    # median time that its model takes for an answer
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


MACHINES = (
    Machine("web-1", ("web",), "fra", "eu-central", labels={"rack": "r1", "model": "small"}),
    Machine("web-2", ("web",), "fra", "eu-central", labels={"rack": "r2", "model": "small"}),
    Machine("gpu-1", ("gpu",), "ams", "eu-west", rate=8, think_s=0.11, labels={"rack": "r7", "model": "large"}),
    Machine("gpu-2", ("gpu",), "ams", "eu-west", rate=8, think_s=0.11, labels={"rack": "r7", "model": "large"}),
    Machine("edge-1", ("edge",), "hel", "eu-north", ("web-1",), rate=6, think_s=0.09, labels={"model": "small"}),
)
