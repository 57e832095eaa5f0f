"""Where samples come from, one source a file."""

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "agent": "our agent: installed, through a restricted key, or from a temporary folder",
    "shell": "a loop in sh over /proc",
    "node_exporter": "a page of prometheus-node-exporter",
}
