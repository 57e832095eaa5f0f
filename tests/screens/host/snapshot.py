"""Cell text and style of a screen compared with a file; `CLAWTUI_SNAPSHOTS=write` writes it anew."""

import os
from difflib import unified_diff
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def check(name: str, lines: list[str]) -> None:
    """Equal to what was looked at and kept, or a readable difference."""
    path = FOLDER / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get("CLAWTUI_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.exists(), (
        f"{path} is missing: look at the screen, then CLAWTUI_SNAPSHOTS=write pytest {Path(__file__).parent}"
    )
    kept = path.read_text(encoding="utf-8")
    assert text == kept, "\n".join(unified_diff(kept.splitlines(), text.splitlines(), "kept", "now", lineterm="", n=1))
