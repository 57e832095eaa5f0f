"""What is kept of one host's connection: itself, or the attempt to make it, or why and until when there is none."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clawtui.errors import AuthFailed, LinkError
from clawtui.fleet.backoff import Backoff
from clawtui.fleet.link import Held, Login
from clawtui.fleet.options import SshOptions


@dataclass(slots=True)
class Kept:
    """A connection, or the attempt to make it."""

    link: Held | None = None
    login: Login = field(default_factory=Login)
    attempt: "asyncio.Task[Held] | None" = None
    failed: LinkError | None = None
    again_at: float | None = 0.0
    # no new attempt before this moment; None when it denied us for good
    backoff: Backoff | None = None

    @property
    def live(self) -> Held | None:
        """The connection, while it stands."""
        return self.link if self.link and not self.link.lost else None

    def stands(self, link: Held) -> None:
        """It was made: earlier failures count no more."""
        self.link, self.failed, self.backoff = link, None, None

    def fails(self, error: LinkError, options: SshOptions, now: float) -> None:
        """Another try may come later, or never."""
        self.backoff = self.backoff or Backoff(options.retry_first_s, options.retry_most_s)
        wait_s = self.backoff.after(error)
        if wait_s is None and not isinstance(error, AuthFailed):
            wait_s = options.retry_most_s  # it may have been settled elsewhere
        self.failed = error
        self.again_at = None if wait_s is None else now + wait_s

    def facts(self) -> dict[str, str]:
        """Words about how we came in."""
        facts = dict(self.login.facts)
        if ends := self.login.certificate_ends:
            until = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            facts["certificate"] = f"{facts.get('certificate', '')} until {until}".strip()
        return facts
