"""Text from hosts and logs is hostile: here it becomes harmless, once, before any screen or terminal sees it.

Removed are C0 and C1 controls, DEL, the bidirectional overrides and isolates (Unicode TR36), line and paragraph separators,
variation selectors, tags and zero-width characters, and lone surrogates; each becomes U+FFFD so that something is seen to
have been there. Markup is no concern of this file: screens never parse it.
"""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def clean(text: str, *, limit: int = 32_768) -> str:
    """One harmless line: hostile characters replaced, tabs and newlines become spaces, cut at `limit` with an ellipsis."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():  # nearly every line: no regular expression, no copy
        return text
    return _HOSTILE.sub(REPLACEMENT, text).replace("\t", " ").replace("\n", " ")


def clean_lines(text: str, *, limit: int = 32_768) -> list[str]:
    """Several harmless lines; carriage returns at line ends are dropped, each line is cut at `limit`."""
    return [clean(line.rstrip("\r"), limit=limit) for line in text.split("\n")]
