"""The lists of the sort and export menus."""

from clawtui_screens.arrangement import TRIAGE
from clawtui_screens.menu import Choice

SORT = (
    Choice(TRIAGE, "t", "triage", "severity, then since"),
    Choice("host", "h", "host", "a to z"),
    Choice("since", "w", "since", "the newest trouble first"),
    Choice("cpu", "c", "CPU%"),
    Choice("mem", "m", "MEM%"),
    Choice("p95", "p", "p95"),
    Choice("ttft", "f", "ttft", "time to the first token"),
    Choice("err", "e", "ERR%"),
    Choice("rps", "r", "RPS"),
    Choice("disk", "d", "DISK%"),
    Choice("gpu", "g", "GPU%"),
    Choice("vram", "v", "VRAM%"),
    Choice("queue", "u", "queue"),
    Choice("site", "s", "site"),
)
EXPORT = (
    Choice("txt", "t", "txt", "as it stands here"),
    Choice("csv", "c", "csv", "for a spreadsheet"),
    Choice("jsonl", "l", "jsonl", "one object a row"),
    Choice("svg", "s", "svg", "a picture of the screen"),
)
