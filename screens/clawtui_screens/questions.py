"""What the engine's values ask for, as questions: plans, host keys, secrets, leaving; pure."""

from clawtui.clean import clean
from clawtui.engine.boundary.contexts import FleetOffer
from clawtui.engine.boundary.plans import Plan
from clawtui.engine.boundary.prompts import Prompt
from clawtui.engine.words import reverting
from clawtui_screens.dialog import Question
from clawtui_screens.look import Tone

SHOWN_HOSTS = 12


def of_plan(plan: Plan, *, armed: bool) -> Question:
    """Names, count, what happens, what reverts it, the command line that does the same."""
    names = ", ".join(clean(host, limit=64) for host in plan.hosts[:SHOWN_HOSTS])
    rest = len(plan.hosts) - SHOWN_HOSTS
    lines = [f"{names}{f' and {rest} more' if rest > 0 else ''}"] if plan.hosts else []
    lines += [clean(line, limit=2000) for line in plan.lines]
    lines += [clean(reverting(plan.reverts), limit=400), f"same as: {clean(plan.cli, limit=2000)}"]
    refused = clean(plan.refused, limit=400)
    if not refused and plan.needs_arming and not armed:
        refused = "read-only: close this, press A to arm, and ask again"
    confirm = clean(plan.confirm, limit=200)
    return Question(
        title=clean(plan.title, limit=200),
        lines=lines,
        expected=confirm,
        invite=f"type {confirm} to go:",
        tone=Tone.ERROR if confirm != "y" else Tone.WARNING,
        refused=refused,
    )


def of_prompt(prompt: Prompt) -> Question:
    """An unknown host key is trusted by typing yes; a secret is never shown."""
    title = clean(prompt.title, limit=200)
    lines = [clean(line, limit=2000) for line in prompt.text.split("\n")]
    if prompt.kind == "secret":
        return Question(title, lines, invite="secret:", hidden=True, tone=Tone.ACCENT)
    if prompt.kind == "touch":
        return Question(title, lines, invite="waits for your finger", tone=Tone.ACCENT)
    if prompt.kind == "host-keys":
        return Question(title, lines, expected="yes", invite="type yes to see each:", tone=Tone.WARNING)
    if prompt.fingerprint:
        lines += [
            "",
            clean(prompt.fingerprint, limit=200),
            "Compare it with what the host's console or its owner says.",
        ]
    return Question(title, lines, expected="yes", invite="type yes to trust it:", tone=Tone.WARNING)


def of_offer(offer: FleetOffer) -> Question:
    """A fleet file of the current folder counts by typing yes, once its commands were seen."""
    runs = [f"  {clean(command, limit=400)}" for command in offer.runs]
    lines = [
        f"{clean(offer.file, limit=400)}: {clean(offer.words, limit=200)}",
        *(["", "It would have run on this machine:", *runs] if runs else ["It names no command."]),
    ]
    title = f"Let this folder's context {clean(offer.context, limit=60)} count?"
    return Question(title, lines, expected="yes", invite="type yes to accept it:", tone=Tone.WARNING)


def of_leaving(context: str) -> Question:
    """`q` at the root."""
    return Question(
        f"leave {clean(context, limit=60) or 'clawtui'}?",
        ["What runs on the hosts goes on."],
        expected="y",
        invite="y leaves:",
    )
