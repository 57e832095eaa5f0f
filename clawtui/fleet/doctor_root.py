"""Doctor's part about root: does the gate open, and which of the lines that would suffice are in force."""

import asyncio
from shlex import join

from clawtui.errors import NoRoot
from clawtui.fleet.agent.scripts import VERBS
from clawtui.fleet.allowance import RULES_FILE, rules
from clawtui.fleet.become import HELPER, Gate, Line, Rights
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.check import Check
from clawtui.fleet.host import Become
from clawtui.fleet.link import Ending, Link

ASK_S = 20.0


async def root(link: Link, becoming: Becoming) -> tuple[list[Check], Rights | None]:
    """What is said about it, and the rights there are; nothing is said where root was never wanted."""
    host = link.host
    try:
        rights = await becoming.rights(link)
    except NoRoot as problem:
        checks = [Check(host.become.value, "failed", problem.reason, _remedy(host.name))]
        return [*checks, *await _allowance(link, None)], None
    if host.become is Become.NONE or rights.gate is Gate.LOGIN:
        return [], rights
    return [Check(host.become.value, "ok", rights.words), *await _allowance(link, rights)], rights


async def _allowance(link: Link, rights: Rights | None) -> list[Check]:
    host = link.host
    if rights and not rights.only_helper:
        words = f"more than needed: {len(VERBS)} lines for {HELPER} would do"
        return [Check("allowance", "ok", words, f"clawtui doctor {host.name} --policy prints them")]
    user = rights.user if rights else (await link.run("id -un", timeout_s=ASK_S)).text
    if (await link.run(f"test -x {HELPER}", timeout_s=ASK_S)).ending is not Ending.OK:
        words = f"there is no {HELPER}, which the lines below allow"
        remedy = f"clawtui doctor {host.name} --helper prints it, for an administrator to read and place"
        missing = [_missing(line, host.become) for line in rules(host.become, user)]
        return [Check("allowance", "failed", words, remedy), *missing]
    lines = [line for line in rules(host.become, user) if line.endswith(VERBS)]
    held = await asyncio.gather(*(_holds(link, rights, verb) for verb in VERBS))
    missing = [_missing(line, host.become) for line, holds in zip(lines, held, strict=True) if not holds]
    count = sum(held)
    return [Check("allowance", "failed" if missing else "ok", f"{count} of {len(lines)} lines are in force"), *missing]


async def _holds(link: Link, rights: Rights | None, verb: str) -> bool:
    """Asked without running anything."""
    line = _listing(link.host.become, rights, verb)
    reply = await link.run(line.command, stdin=line.stdin, timeout_s=ASK_S)
    return reply.ending is Ending.OK and reply.text.split(" ")[0] != "deny"


def _listing(become: Become, rights: Rights | None, verb: str) -> Line:
    if become is Become.DOAS:
        return Line(join(("doas", "-C", "/etc/doas.conf", HELPER, verb)))
    password = rights.password if rights else ""
    how = ("-k", "-S", "-p", "") if password else ("-n",)
    return Line(
        join(("env", "LC_ALL=C", "sudo", *how, "-l", "--", HELPER, verb)), f"{password}\n".encode() if password else b""
    )


def _missing(line: str, become: Become) -> Check:
    return Check("allowance", "failed", line, f"missing; for {RULES_FILE[become]}")


def _remedy(host: str) -> str:
    return f"clawtui doctor {host} --policy prints what an administrator would sign off, with the lines"
