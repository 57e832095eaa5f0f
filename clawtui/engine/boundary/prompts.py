"""What the engine says to the operator unasked: questions that only they can answer, and notices."""

from clawtui.engine.boundary.value import Severity, Value


class Prompt(Value, frozen=True):
    """A question that only the operator can answer: an unknown host key, a passphrase."""

    id: str
    kind: str
    """"host-key" and "host-keys" (answer yes or no), "secret" (answer is never shown or logged), "touch" (no answer)."""
    host: str
    title: str
    text: str
    fingerprint: str = ""


class PromptClosed(Value, frozen=True):
    """A prompt that needs no answer any more."""

    id: str


class AnswerPrompt(Value, frozen=True):
    """Answer a Prompt; `text` is "yes", "no" or the secret itself (never logged, never in a repr)."""

    id: str
    text: str

    def __repr__(self) -> str:
        return f"AnswerPrompt(id={self.id!r}, text=…)"


class Notice(Value, frozen=True):
    """A toast."""

    severity: Severity
    text: str
