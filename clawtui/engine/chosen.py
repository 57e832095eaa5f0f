"""Which source tells a host's numbers, in words: for the row, its badges and `i` inspect."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where a host's numbers come from."""

    noun: str = "agent"
    # who is silent when no sample comes
    words: str = ""
    # what was chosen and why, in a sentence
    agentless: bool = False
    period_s: float = 1.0
    # how often it tells; three of them without a sample are silence
    reads_only: bool = False
    # the key leads to the agent and to nothing else
    speechless: str = "what answers in the agent's place ended without a hello"
    # the words when no hello comes
    runs_in: str = ""
    # "a container, no systemd": what a look found out by the way

    @property
    def badges(self) -> tuple[str, ...]:
        """Beside the state."""
        return ("agentless",) if self.agentless else ()
