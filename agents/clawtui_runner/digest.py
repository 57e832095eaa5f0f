"""What this very program is: the sha256 of the file that was sent."""

import hashlib
import sys
from pathlib import Path


def own() -> str:
    """Empty where it runs from a folder."""
    path = Path(sys.argv[0])
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
