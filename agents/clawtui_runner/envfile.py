"""The text of an EnvironmentFile as systemd reads it, written and read in one place."""

import re
from typing import Dict

from clawtui_runner.fault import Fault

LINE = re.compile(r'^([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"$', re.MULTILINE | re.DOTALL)


def text(values: Dict[str, str]) -> str:
    """Within double quotes these four mean themselves after a backslash."""
    for name, value in values.items():
        if "\0" in value:
            raise Fault("refused", f"{name} holds a zero byte, which no environment can carry")
    return "".join('{}="{}"\n'.format(name, re.sub(r'(["\\`$])', r"\\\1", value)) for name, value in values.items())


def values(written: str) -> Dict[str, str]:
    """What `text` was given."""
    return {name: re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) for name, quoted in LINE.findall(written)}
