"""The manual page clawtui(1) in man(7) macros, from the grammar of the verbs; pure but for reading the parsers."""

from collections.abc import Sequence

from clawtui import __version__
from clawtui.cli.grammar import Spoken, Word, shared, verbs

SELECTORS = (
    ("all", "every host of the context"),
    ("web*, gpu-0[1-4]", "names and aliases by pattern"),
    ("@group", "hosts of a group"),
    ("site=eu, region=us-east-1, label.rack=r1", "hosts by attribute"),
    ("!host", "without these"),
    ("a,b,@c", "all of these"),
)
FILES = (
    ("~/.config/clawtui/contexts/NAME.toml", "a fleet: its hosts, groups, services and policy"),
    ("~/.config/clawtui/settings.toml", "settings; see clawtui config"),
    ("~/.config/clawtui/rules.toml", "thresholds"),
    ("~/.config/clawtui/known_hosts", "host keys trusted through clawtui"),
    ("/etc/clawtui/", "the same for all users of a machine; read first, policy only tightens below it"),
    ("~/.local/state/clawtui/actions.jsonl", "every act and note"),
)
VARIABLES = (
    ("CLAWTUI_FLEET", "a fleet file instead of the contexts"),
    ("CLAWTUI_OPERATOR", "who acts, beside the login name, in actions.jsonl"),
    ("CLAWTUI_TABLE_KEY", "a setting, as CLAWTUI_UI_THEME"),
    ("NO_COLOR", "no colour"),
    ("SSH_AUTH_SOCK", "the ssh-agent"),
)
CODES = (
    ("0", "done; status, doctor: all well"),
    ("1", "run, agent, trust: some failed or unreached; status, doctor: warning, stale or no agent"),
    ("2", "run, agent, trust: none reached; status, doctor: down, critical or refused"),
    ("3", "status, doctor: unknown or loading"),
    ("64", "the words of the call are wrong"),
    ("70", "our own fault; the log says more"),
    ("77", "refused: not confirmed, locked, or against the policy"),
    ("78", "configuration or context"),
    ("130", "interrupted"),
)


def page() -> str:
    """The whole page."""
    spoken = verbs()
    parts = [
        f'.TH CLAWTUI 1 "" "clawtui {_text(__version__)}" "User Commands"',
        _section("NAME", "clawtui \\- one terminal for a whole fleet of hosts that serve a model or a bot"),
        _section("SYNOPSIS", "\\fBclawtui\\fR [\\fIVERB\\fR] [\\fIFLAGS\\fR] [\\fIWORDS\\fR]"),
        _section(
            "DESCRIPTION",
            "Without a verb the fleet opens on screen. Everything goes through SSH; host keys are always verified.",
        ),
        ".SH VERBS",
        *(_verb(verb) for verb in spoken),
        ".SH FLAGS OF EVERY VERB",
        *(_word(word) for word in shared()),
        _listed("SELECTORS", SELECTORS),
        _listed("FILES", FILES),
        _listed("ENVIRONMENT", VARIABLES),
        _listed("EXIT STATUS", CODES),
        _section("SEE ALSO", "\\fBssh\\fR(1), \\fBssh_config\\fR(5)"),
    ]
    return "\n".join(parts) + "\n"


def _verb(verb: Spoken) -> str:
    return "\n".join((f".SS {_text(verb.usage)}", _text(verb.summary), *(_word(word) for word in verb.words)))


def _word(word: Word) -> str:
    head = ", ".join(_text(name) for name in word.spelled) if word.flag else _text(word.takes)
    value = f" \\fI{_text(word.takes)}\\fR" if word.flag and word.takes else ""
    return f".TP\n\\fB{head}\\fR{value}\n{_text(word.words.replace('%%', '%')) or 'see above'}"


def _section(title: str, body: str) -> str:
    return f".SH {title}\n{body}"


def _listed(title: str, rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join((f".SH {title}", *(f".TP\n\\fB{_text(head)}\\fR\n{_text(words)}" for head, words in rows)))


def _text(words: str) -> str:
    """Text without what means something to roff: backslashes, a control character first, hyphens that would be typographic."""
    safe = " ".join(words.split()).replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    return f"\\&{safe}" if safe[:1] in (".", "'") else safe
