"""Lines of ssh_config as statements, cut into words the way OpenSSH cuts them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clawtui.errors import ConfigError
from clawtui.fleet.host import Origin
from clawtui.fleet.ssh_options import WHOLE_LINE

_LINE = re.compile(r"\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)", re.DOTALL)
_BLANK = " \t\f\v\r"


@dataclass(frozen=True, slots=True)
class Statement:
    """One line that says something."""

    option: str
    # as written
    words: tuple[str, ...]
    origin: Origin

    @property
    def key(self) -> str:
        """Options know no case."""
        return self.option.lower()

    @property
    def said(self) -> str:
        """Option and place, as a refusal names them."""
        return f"{self.option} {' '.join(self.words)} at {self.origin}"

    def error(self, message: str) -> ConfigError:
        """A ConfigError about this line."""
        return ConfigError(message, file=self.origin.file, line=self.origin.line, key=self.option)


def parse(text: str, file: str) -> Iterator[Statement]:
    """Lines to statements; a line that is no statement is a ConfigError, as it is for ssh."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.rstrip())
        if not found:
            raise ConfigError("is no ssh_config line", file=file, line=number)
        option, rest = found[1], found[2].strip()
        words = (rest,) if option.lower() in WHOLE_LINE else tuple(split(rest, file, number))
        if not words or not words[0]:
            raise ConfigError("has no value", file=file, line=number, key=option)
        yield Statement(option, words, Origin(file, number))


def split(text: str, file: str, line: int) -> list[str]:
    """Words with their quotes taken off; a comment may follow a blank."""
    words: list[str] = []
    rest = text.lstrip(_BLANK)
    while rest and not rest.startswith("#"):
        word, rest = _word(rest, file, line)
        words.append(word)
        rest = rest.lstrip(_BLANK)
    return words


def _word(text: str, file: str, line: int) -> tuple[str, str]:
    """The first word and what follows it; a backslash stands before quotes, backslashes and, outside quotes, spaces."""
    word, quote, at = "", "", 0
    while at < len(text):
        char, following = text[at], text[at + 1 : at + 2]
        if char == "\\" and following and (following in "\"'\\" or (following == " " and not quote)):
            word, at = word + following, at + 1
        elif not quote and char in _BLANK:
            break
        elif char == quote or (not quote and char in "\"'"):
            quote = "" if quote else char
        else:
            word += char
        at += 1
    if quote:
        raise ConfigError("has a quote that is not closed", file=file, line=line)
    return word, text[at:]
