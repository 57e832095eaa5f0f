"""A page of prometheus-node-exporter, read into figures. Pure; a page is hostile until it has passed here."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clawtui.clean import clean
from clawtui.metrics.counters import Counters, Shares
from clawtui.metrics.figures import Figures, Fill
from clawtui.metrics.proc import MOUNTS_MOST, STACKED

_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_WANTED = (
    "node_cpu_seconds_total node_load1 node_memory_MemTotal_bytes node_memory_MemAvailable_bytes"
    " node_memory_SwapTotal_bytes node_memory_SwapFree_bytes node_filesystem_size_bytes node_filesystem_free_bytes"
    " node_filesystem_avail_bytes node_filesystem_files node_filesystem_files_free node_disk_read_bytes_total"
    " node_disk_written_bytes_total node_network_receive_bytes_total node_network_transmit_bytes_total"
    " node_network_receive_errs_total node_network_transmit_errs_total node_netstat_Tcp_RetransSegs"
    " node_pressure_cpu_waiting_seconds_total node_pressure_memory_waiting_seconds_total"
    " node_pressure_io_waiting_seconds_total node_timex_sync_status node_time_seconds node_exporter_build_info"
    " node_uname_info"
)
WANTED = frozenset(_WANTED.split())
VIRTUAL_NET = re.compile(
    r"(lo|veth|docker|br-|virbr|bond|team|cni|cali|flannel|tap|tun|dummy|ifb|kube-|nodelocaldns)\S*"
)
NOT_DISKS = frozenset(
    ("tmpfs", "devtmpfs", "ramfs", "overlay", "squashfs", "iso9660", "erofs", "udf", "nsfs", "fuse.lxcfs", "autofs")
)
SERIES_MOST = 50_000

Series = Sequence[tuple[Mapping[str, str], float]]


@dataclass(frozen=True, slots=True)
class Page:
    """The series that are looked at, by name."""

    series: Mapping[str, Series]

    def one(self, name: str) -> float | None:
        """The value of a metric without labels."""
        found = self.series.get(name, ())
        return found[0][1] if found else None

    def label(self, name: str, label: str) -> str:
        """What an info metric says."""
        found = self.series.get(name, ())
        return clean(found[0][0].get(label, ""), limit=256) if found else ""

    def by(self, name: str, label: str) -> dict[str, float]:
        """Values by one label, summed over the others."""
        sums: dict[str, float] = {}
        for labels, value in self.series.get(name, ()):
            sums[labels.get(label, "")] = sums.get(labels.get(label, ""), 0.0) + value
        return sums


def parse(text: str) -> Page:
    """ValueError when it is no page of node-exporter; a line that does not parse and a value below zero are left out."""
    series: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for line in text.splitlines():
        if line[:5] != "node_" or line.partition("{")[0].split(" ", 1)[0] not in WANTED:
            continue
        if (found := _SAMPLE.fullmatch(line.strip())) is None or (value := _value(found[3])) is None:
            continue
        series.setdefault(found[1], []).append((_labels(found[2] or ""), value))
        if len(series[found[1]]) > SERIES_MOST:
            raise ValueError(f"more than {SERIES_MOST} series of {found[1]}")
    if "node_exporter_build_info" not in series and "node_cpu_seconds_total" not in series:
        raise ValueError("no page of node-exporter")
    return Page(series)


def _value(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _labels(text: str) -> dict[str, str]:
    return {name: _ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], value) for name, value in _LABEL.findall(text)}


class PageReader:
    """Remembers counters between two pages; time is an argument."""

    def __init__(self) -> None:
        self._counters, self._shares = Counters(), Shares()

    def read(self, page: Page, now: float) -> Figures:
        """Figures of one page; `now` is used where the page does not tell the time."""
        at = page.one("node_time_seconds") or now
        figures = Figures(round(at, 3))
        self._processors(figures, page)
        for kind in ("cpu", "memory", "io"):
            # the share of this interval, where the agent gives the kernel's own mean over 10 s
            waiting = page.one(f"node_pressure_{kind}_waiting_seconds_total")
            figures.host(f"pressure.{kind}", self._counters.rate(kind, waiting, at), _lacks(waiting, "pressure"))
        _memory(figures, page)
        self._rates(figures, page, at)
        synced = page.one("node_timex_sync_status")
        figures.host("clock.synced", synced, _lacks(synced, "timex"))
        figures.mounts(_mounts(page))
        return figures

    def _processors(self, figures: Figures, page: Page) -> None:
        modes = page.by("node_cpu_seconds_total", "mode")
        shares = self._shares.of(modes) if {"idle", "iowait"} <= set(modes) else None
        missing = "" if modes else "its page has no cpu collector"
        busy = None if shares is None else 1.0 - shares["idle"] - shares["iowait"]
        figures.host("cpu.busy", busy, missing)
        figures.host("cpu.iowait", None if shares is None else shares["iowait"], missing)
        figures.host("cpu.steal", None if shares is None else shares.get("steal"), missing)
        figures.host("load.1m", page.one("node_load1"), "its page has no loadavg collector")

    def _rates(self, figures: Figures, page: Page, at: float) -> None:
        """Each device by itself; what is stacked on others would count twice."""
        for name, metric in (
            ("disk.read", "node_disk_read_bytes_total"),
            ("disk.write", "node_disk_written_bytes_total"),
        ):
            disks = {d: v for d, v in page.by(metric, "device").items() if not STACKED.fullmatch(d)}
            figures.host(name, self._counters.sum(name, disks, at), "" if disks else "no disk of its own")
        receive, transmit, errors_in, errors_out = (
            _cards(page.by(f"node_network_{metric}_total", "device"))
            for metric in ("receive_bytes", "transmit_bytes", "receive_errs", "transmit_errs")
        )
        missing = "" if receive else "its page has no netdev collector"
        figures.host("net.rx", self._counters.sum("net.rx", receive, at), missing)
        figures.host("net.tx", self._counters.sum("net.tx", transmit, at), missing)
        errors = {card: errors_in.get(card, 0.0) + errors_out.get(card, 0.0) for card in errors_in}
        figures.host("net.errors", self._counters.sum("net.errors", errors, at), missing)
        again = page.one("node_netstat_Tcp_RetransSegs")
        figures.host("net.retransmits", self._counters.rate("tcp", again, at), _lacks(again, "netstat"))


def _lacks(value: float | None, collector: str) -> str:
    return f"its page has no {collector} collector" if value is None else ""


def _memory(figures: Figures, page: Page) -> None:
    total, available, swap, free = (
        page.one(f"node_memory_{name}_bytes") for name in ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")
    )
    figures.host("memory.available", available, "its page has no meminfo collector")
    figures.host("memory.total", total, "its page has no meminfo collector")
    used = None if swap is None or free is None else max(0.0, swap - free)
    figures.host("swap.used", used, "its page has no meminfo collector")


def _cards(values: Mapping[str, float]) -> dict[str, float]:
    """Those with hardware behind them; in a container, where there are none, all but loopback."""
    real = {card: value for card, value in values.items() if not VIRTUAL_NET.fullmatch(card)}
    return real or {card: value for card, value in values.items() if card != "lo"}


def _mounts(page: Page) -> dict[str, Fill]:
    """Of several mounts of one device the shortest path, the root always."""
    columns = {
        name: dict(_places(page, name)) for name in ("size_bytes", "free_bytes", "avail_bytes", "files", "files_free")
    }
    chosen: dict[str, tuple[str, Fill]] = {}
    for place, size in columns["size_bytes"].items():
        device, path, kind = place
        free, avail = columns["free_bytes"].get(place), columns["avail_bytes"].get(place)
        before = chosen.get(device)
        if free is None or avail is None or (kind in NOT_DISKS and path != "/"):
            continue
        if before is not None and (before[0] == "/" or len(before[0]) <= len(path)) and path != "/":
            continue
        used = max(0.0, size - free)
        if used + avail > 0:
            files, files_free = columns["files"].get(place), columns["files_free"].get(place)
            inodes = 1.0 - files_free / files if files and files_free is not None else None
            chosen[device] = (path, Fill(used / (used + avail), inodes, avail))
    return {clean(path, limit=256): fill for path, fill in list(chosen.values())[:MOUNTS_MOST]}


def _places(page: Page, name: str) -> Iterable[tuple[tuple[str, str, str], float]]:
    for labels, value in page.series.get(f"node_filesystem_{name}", ()):
        path = labels.get("mountpoint", "")
        if path.startswith("/"):
            yield (labels.get("device", ""), path, labels.get("fstype", "")), value
