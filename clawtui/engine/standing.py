"""What the engine knows of one host at a moment: contact, hello, last sample, verdicts, recent past."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from clawtui.alerts.rule import UNJUDGED, Rule, Verdict, judge
from clawtui.engine.chosen import Chosen
from clawtui.engine.happenings import Happenings
from clawtui.fleet.host import Host
from clawtui.metrics.names import OVERVIEW
from clawtui.metrics.sample import Hello, Key, Sample
from clawtui.metrics.series import Series


class Contact(StrEnum):
    """How we stand with a host."""

    LOADING = "no answer yet"
    ASKING = "waits for the operator"
    LIVE = "samples come in"
    LOST = "connection lost, first new attempt under way"
    DOWN = "attempts fail"
    REFUSED = "it, or we, refuse"
    UNTRUSTED = "nobody has vouched for its key"
    NO_AGENT = "ssh works, no agent answers"
    FAULT = "our own fault"


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule on one column."""

    rule: Rule
    key: Key
    index: int
    beside: int | None
    # column of the metric that the rule's `min` names


@dataclass(frozen=True, slots=True)
class Offered:
    """The columns of one hello, sorted once for every sample that follows."""

    scopes: dict[str, tuple[tuple[int, str], ...]]
    # scope to (column, metric name)
    judged: tuple[Judged, ...]
    kept: tuple[tuple[int, Key], ...]
    # columns whose recent past is kept
    counted: tuple[tuple[int, Key], ...]
    # columns that tell of a service's restarts

    @classmethod
    def of(cls, hello: Hello, rules: Iterable[Rule]) -> "Offered":
        """Sort the columns; a rule applies in every scope that has its metric."""
        scopes: dict[str, list[tuple[int, str]]] = {}
        index = {column.key: number for number, column in enumerate(hello.columns)}
        for key, number in index.items():
            scopes.setdefault(key.scope, []).append((number, key.name))
        judged = tuple(
            Judged(rule, key, number, index.get(Key(key.scope, rule.enough.metric)) if rule.enough else None)
            for rule in rules
            for key, number in index.items()
            if key.name == rule.when.metric
        )
        wanted = {*OVERVIEW, *(one.key.name for one in judged)}
        kept = tuple((number, key) for key, number in index.items() if key.name in wanted)
        counted = tuple((number, key) for key, number in index.items() if key.name in ("restarts", "up"))
        return cls({scope: tuple(columns) for scope, columns in scopes.items()}, judged, kept, counted)


@dataclass(slots=True)
class Standing:
    """Changed by the host's follower only; read by `view`."""

    host: Host
    since: float
    # engine time at which this contact began
    contact: Contact = Contact.LOADING
    words: str = ""
    remedy: str = ""
    behind: str = ""
    # the bastion whose fault it is
    tries: int = 0
    chosen: Chosen = field(default_factory=Chosen)
    # what tells its numbers; of the last connection while there is none
    hello: Hello | None = None
    offered: Offered | None = None
    sample: Sample | None = None
    arrived: float | None = None
    # monotonic time of the last sample
    arrived_at: float | None = None
    # the same by engine time
    offset: float | None = None
    offset_error: float = 0.0
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    # in the order of `offered.judged`
    series: dict[Key, Series] = field(default_factory=dict[Key, Series])
    silence: str = ""
    # what a probe said when samples stopped: "ssh ok"
    complaint: str = ""
    # last line of its agent that did not parse
    fingerprint: str = ""
    backfilled: bool = False
    happenings: Happenings = field(default_factory=Happenings)

    def turn(self, contact: Contact, now: float, words: str = "", remedy: str = "", behind: str = "") -> None:
        """The contact changes; `since` stays while it only says the same again."""
        if contact is not self.contact:
            self.since = now
            if self.contact is Contact.LIVE:
                self.happenings.say(now, "lost", f"contact lost: {words}" if words else "contact lost")
            elif contact is Contact.LIVE and self.arrived is not None:
                self.happenings.say(now, "back", "contact again")
        self.contact, self.words, self.remedy, self.behind = contact, words, remedy, behind

    def greet(self, hello: Hello, rules: Iterable[Rule]) -> None:
        """New columns; verdicts and pasts of columns that are still there go on."""
        self.happenings.greeted(hello.clock - (self.offset or 0.0), self.hello, hello)
        before = {(one.rule.name, one.key): verdict for one, verdict in self.judgements()}
        self.hello, self.sample = hello, None
        self.offered = Offered.of(hello, rules)
        self.verdicts = [before.get((one.rule.name, one.key), UNJUDGED) for one in self.offered.judged]
        past = self.series
        self.series = {key: past.get(key) or Series() for _, key in self.offered.kept}

    def take(self, sample: Sample, mono: float, now: float) -> None:
        """One more second: judged at once, so that no breach is lost between two frames."""
        offered = self.offered
        assert offered is not None
        last = self.sample.values if self.sample is not None else None
        self.sample, self.arrived, self.arrived_at = sample, mono, now
        self.silence = ""
        values, at = sample.values, sample.at - (self.offset or 0.0)
        verdicts = self.verdicts
        for number, one in enumerate(offered.judged):
            beside = None if one.beside is None else values[one.beside]
            before = verdicts[number]
            verdicts[number] = judge(one.rule, before, values[one.index], beside, at)
            if before.firing is not verdicts[number].firing:  # rarely: no call for what stays as it is
                self.happenings.judged(at, one.rule.name, one.key, before, verdicts[number])
        if last is not None:
            for number, key in offered.counted:
                if last[number] != values[number]:
                    self.happenings.counted(at, key, last[number], values[number])
        series = self.series
        for number, key in offered.kept:
            series[key].add(at, values[number])

    def judgements(self) -> Iterable[tuple[Judged, Verdict]]:
        """Every rule in force here with its verdict."""
        return zip(self.offered.judged, self.verdicts, strict=True) if self.offered else ()
