"""Several contexts in one list: names are CONTEXT/HOST, the bar shows the strictest, and every value says whose it is. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from clawtui.engine.boundary import Answer, Event
from clawtui.engine.boundary.actions import Action, Actions
from clawtui.engine.boundary.charts import RangeAnswer
from clawtui.engine.boundary.doctor import Diagnosis
from clawtui.engine.boundary.forwards import Forwards, Ports
from clawtui.engine.boundary.hosts import FleetFrame, HostDetail, HostView, SampleFrame, Summary
from clawtui.engine.boundary.plans import Outcome, Plan, Progress
from clawtui.engine.boundary.processes import Processes
from clawtui.engine.boundary.prompts import Notice, Prompt, PromptClosed
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.engine.boundary.value import State
from clawtui.errors import Refused

ALL = "all"
SLASH = "/"
STRICTEST = ("prod", "staging", "dev")
WELL = (State.OK, State.DRAINED, State.LOADING)
NAMED = 3


def named(context: str, name: str) -> str:
    """A name that is unique over all contexts."""
    return f"{context}{SLASH}{name}"


def qualified(context: str, event: Event) -> Event:
    """The same event, its names saying whose they are."""
    match event:
        case FleetFrame():
            removed = tuple(named(context, name) for name in event.removed)
            return replace(event, hosts=tuple(row(context, view) for view in event.hosts), removed=removed)
        case SampleFrame():
            return replace(event, host=named(context, event.host))
        case Action():
            return replace(event, hosts=tuple(named(context, host) for host in event.hosts))
        case Prompt():
            return replace(
                event, id=named(context, event.id), host=named(context, event.host), title=f"{context}: {event.title}"
            )
        case PromptClosed():
            return replace(event, id=named(context, event.id))
        case Notice():
            return replace(event, text=f"{context}: {event.text}")
        case Progress():
            outcome = replace(event.outcome, host=named(context, event.outcome.host))
            return replace(event, plan=named(context, event.plan), outcome=outcome)
        case Forwards():
            return Forwards(
                tuple(replace(f, id=named(context, f.id), host=named(context, f.host)) for f in event.forwards)
            )
        case Rollouts():
            return event  # each says its own context; its hosts are named within it


def rollouts(every: Iterable[Rollouts]) -> Rollouts:
    """Those of several contexts in one list; each says its own context, its hosts are named within it."""
    found = [view for one in every for view in one.rollouts]
    return Rollouts(tuple(sorted(found, key=lambda view: view.id, reverse=True)))


def row(context: str, view: HostView) -> HostView:
    """One host; a command that mends it names the context, too."""
    remedy = f"{view.remedy} --context {context}" if view.remedy.startswith("clawtui ") else view.remedy
    return replace(view, name=named(context, view.name), context=context, remedy=remedy)


def answered(context: str, answer: Answer) -> Answer:
    """The same answer, its names saying whose they are."""
    match answer:
        case HostDetail():
            return replace(answer, view=row(context, answer.view))
        case RangeAnswer():
            return replace(answer, host=named(context, answer.host)) if answer.host else answer
        case Processes() | Diagnosis() | Ports():
            return replace(answer, host=named(context, answer.host))
        case Plan():
            hosts = tuple(named(context, host) for host in answer.hosts)
            cli = answer.cli if "--context" in answer.cli else _in_context(context, answer.cli)
            return replace(answer, id=named(context, answer.id), hosts=hosts, cli=cli)
        case Actions():
            told = [replace(a, hosts=tuple(named(a.context, h) for h in a.hosts)) for a in answer.actions]
            return Actions(tuple(told))
        case _:
            return answer


def happened(context: str, outcome: Outcome) -> Outcome:
    """The same outcome, host by host."""
    return replace(outcome, hosts=tuple(replace(one, host=named(context, one.host)) for one in outcome.hosts))


def _in_context(context: str, cli: str) -> str:
    head, _, rest = cli.partition(" ")
    return f"{head} --context {context} {rest}".rstrip()


def together(summaries: Mapping[str, Summary]) -> Summary:
    """One bar for all: the strictest kind, read-only where one is, paged only where all are."""
    counts: Counter[str] = Counter()
    for summary in summaries.values():
        counts.update(summary.counts)
    kinds = {name: summary.kind for name, summary in summaries.items()}
    watchers = [summary.watcher for summary in summaries.values()]
    return Summary(
        context=ALL,
        kind=next((kind for kind in STRICTEST if kind in kinds.values()), STRICTEST[0]),
        read_only=any(summary.read_only for summary in summaries.values()),
        armed_until=None,
        counts=dict(counts),
        headline=_headline(summaries),
        watcher=", ".join(dict.fromkeys(watchers)) if all(watchers) else "",
        source=f"{len(summaries)} contexts: {', '.join(summaries)}",
        problems=tuple(f"{name}: {problem}" for name, summary in summaries.items() for problem in summary.problems),
        contexts=kinds,
    )


def _headline(summaries: Mapping[str, Summary]) -> str:
    """Contexts in trouble, each in its own words; of those that are well only the number."""
    troubled = [
        name for name, summary in summaries.items() if any(n for s, n in summary.counts.items() if s not in WELL)
    ]
    if not troubled:
        return f"nothing is wrong in {len(summaries)} contexts: {', '.join(summaries)}"
    parts = [f"{name}: {summaries[name].headline}" for name in troubled[:NAMED]]
    more = [f"{len(troubled) - NAMED} more contexts in trouble"] if len(troubled) > NAMED else []
    well = len(summaries) - len(troubled)
    return "; ".join([*parts, *more, *([f"{well} well"] if well else [])])


def addressed(words: Sequence[str], contexts: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The one context that an act's words name, and the words as it knows them; "" where they name none.

    Acting is for one context at a time: policies differ, and one confirmation cannot stand for two of them.
    """
    found: dict[str, None] = {}
    plain: list[str] = []
    for number, word in enumerate(words):
        if word == "--":
            plain += words[number:]
            break
        terms = [_term(term, contexts) for term in word.split(",")]
        found |= {context: None for context, _ in terms if context}
        plain.append(",".join(term for _, term in terms))
    if len(found) > 1:
        raise Refused(f"acting is for one context at a time, and these words name {' and '.join(found)}")
    return next(iter(found), ""), tuple(plain)


def _term(term: str, contexts: Collection[str]) -> tuple[str, str]:
    """`!prod/web-1` is `!web-1` of prod."""
    sign = "!" if term.startswith("!") else ""
    context, slash, rest = term.removeprefix("!").partition(SLASH)
    return (context, sign + rest) if slash and context in contexts else ("", term)
