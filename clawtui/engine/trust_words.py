"""The words of `clawtui trust`: whose key, on whose word, and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.clean import clean
from clawtui.errors import UsageError
from clawtui.fleet.vouched import FINGERPRINT

USAGE = (
    "write trust SELECTOR, trust SELECTOR --from FILE|CA.pub|SSHFP, "
    "trust --replace HOST --fingerprint SHA256:… --reason …, or trust --replace SELECTOR --from FILE --reason …"
)
FLAGS = {"--from", "--replace", "--fingerprint", "--reason", "--pattern"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words of the command line."""

    selector: str
    source: str = ""
    replace: bool = False
    fingerprint: str = ""
    reason: str = ""
    pattern: str = ""

    @classmethod
    def of(cls, words: Sequence[str]) -> "Wanted":
        """UsageError names what is missing or too much."""
        given: dict[str, str] = {}
        plain: list[str] = []
        rest = iter(words)
        for word in rest:
            flag, equals, value = word.partition("=")
            if flag not in FLAGS:
                plain.append(word)
            elif (value := value if equals else next(rest, "")) and flag not in given:
                given[flag] = value
            else:
                raise UsageError(f"{flag} needs one value; {USAGE}")
        if "--replace" in given:
            plain.append(given["--replace"])
        if len(plain) != 1 or plain[0].startswith("--"):
            raise UsageError(USAGE)
        rest_of = (given.get(flag, "") for flag in ("--fingerprint", "--reason", "--pattern"))
        wanted = cls(plain[0], given.get("--from", ""), "--replace" in given, *rest_of)
        wanted.check()
        return wanted

    def check(self) -> None:
        """What does not go together."""
        if self.replace and bool(self.fingerprint) == bool(self.source):
            raise UsageError("--replace needs either --fingerprint SHA256:… for one host or --from FILE for several")
        if self.replace and not self.reason.strip():
            raise UsageError("--replace needs --reason …: it is kept beside the old key and in actions.jsonl")
        if not self.replace and (self.fingerprint or self.reason):
            raise UsageError("--fingerprint and --reason go with --replace HOST")
        if self.fingerprint and not FINGERPRINT.fullmatch(self.fingerprint):
            raise UsageError(f"{clean(self.fingerprint, limit=80)!r} is no fingerprint: SHA256: and 43 characters")
        if self.pattern and (self.pattern.split() != [self.pattern] or self.pattern[0] in "@#|-"):
            raise UsageError(
                f"--pattern {clean(self.pattern, limit=80)!r}: names by comma without spaces, for example '*.example.org'"
            )
        if self.pattern and not self.source:
            raise UsageError("--pattern goes with --from CA.pub: the names that the authority vouches for")
