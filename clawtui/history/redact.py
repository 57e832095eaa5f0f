"""Secret values go before a command is written down; what is left still says what was done."""

import re

HIDDEN = "‹hidden›"
_WORDS = "passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential"
_NAME = rf"[A-Za-z0-9_.-]*(?:{_WORDS})[A-Za-z0-9_.-]*"
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s'\";|&]+)"
_PATTERNS = (
    (re.compile(rf"((?:^|(?<=[\s'\"]))-{{0,2}}{_NAME}[\"']?\s*[=:]\s*){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(rf"((?:^|(?<=[\s'\"]))--{_NAME}\s+){_VALUE}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(authorization\s*:\s*(?:bearer|basic|token)?\s*)[^\s'\"]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"([a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s@/'\"]+(@)", re.IGNORECASE), rf"\1{HIDDEN}\2"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), HIDDEN),
    (
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)"),
        HIDDEN,
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), HIDDEN),
)


def redact(text: str) -> str:
    """The text with values of passwords, tokens, keys and URL logins hidden."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
