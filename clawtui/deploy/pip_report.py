"""What `pip install --report` says of one package.

Format: https://pip.pypa.io/en/stable/reference/installation-report/. Until pip 23.1 (Debian 12 has 23.0) an archive has
`hash`, one text "sha256=…"; since then also `hashes`, a table by algorithm.
"""

from collections.abc import Mapping
from typing import cast


def digests(package: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Of the file that pip chose, by algorithm; empty where the index told none."""
    archive = cast("dict[str, object]", package["download_info"].get("archive_info") or {})
    if hashes := cast("dict[str, str]", archive.get("hashes") or {}):
        return dict(hashes)
    kind, found, digest = str(archive.get("hash") or "").partition("=")
    return {kind: digest} if found else {}
