"""How much room words take: a terminal counts cells, not characters; pure."""

from rich.cells import cell_len, set_cell_size


def width_of(words: str) -> int:
    """Cells that these words take; nearly all are plain, and then it is their length."""
    return len(words) if words.isascii() else cell_len(words)


def fitted(words: str, cells: int, *, right: bool = False) -> str:
    """Exactly so many cells: filled with blanks, or cut in its middle by an ellipsis."""
    shown = shortened(words, cells)
    blanks = " " * (cells - width_of(shown))
    return blanks + shown if right else shown + blanks


def shortened(words: str, cells: int, more: str = "…") -> str:
    """At most so many cells; both ends stay, for names of machines differ at their ends."""
    if width_of(words) <= cells:
        return words
    room = max(0, cells - 1)
    tail = room // 2
    end = tail_of(words, tail)
    return head_of(words, room - width_of(end)) + more * (cells > 0) + end


def head_of(words: str, cells: int) -> str:
    """The beginning, at most so many cells; no wide character is cut in two."""
    if width_of(words) <= cells:
        return words
    return words[:cells] if words.isascii() else _whole(set_cell_size(words, cells), words)


def tail_of(words: str, cells: int) -> str:
    """The end, at most so many cells; combining marks stay with their letter."""
    if words.isascii():
        return words[len(words) - cells :] if cells else ""
    at, left = len(words), cells
    while at and (left := left - cell_len(words[at - 1])) >= 0:
        at -= 1
    while at < len(words) and not cell_len(words[at]):
        at += 1
    return words[at:]


def wrapped(words: str, cells: int) -> list[str]:
    """Lines of at most so many cells, broken at blanks where there are any."""
    lines = [""]
    for word in words.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= cells:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        while width_of(word) > cells and (part := head_of(word, cells)):
            lines[-1] = part
            lines.append("")
            word = word[len(part) :]
        lines[-1] = word
    return lines


def _whole(cut: str, words: str) -> str:
    """What is left of a cut: the library puts a blank where half a wide character would stand."""
    return cut if words.startswith(cut) else cut[:-1]
