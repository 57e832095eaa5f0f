"""What the loop in sh prints (loop.sh), read into figures. Pure; what a host says is hostile until it has passed here."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clawtui.clean import clean
from clawtui.metrics.counters import Counters, Shares
from clawtui.metrics.figures import Figures, Fill

SECTOR = 512
SLOW_S = 15.0
# how long what `df` said counts: three of its periods
WHOLE_S = 1.0
MOUNTS_MOST = 32
STACKED = re.compile(r"(loop|ram|zram|sr|fd|dm-|md)\d*")
_PART = re.compile(r"(.*\d)p\d+|([a-z]+)\d+")
_STEPS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")

Numbers = Mapping[str, Sequence[str]]
# lines of the files of /proc and of the cgroup, by path


@dataclass(frozen=True, slots=True)
class Block:
    """One look: what stands under each heading."""

    clock: Sequence[str] = ()
    blocks: Sequence[str] = ()
    inodes: Sequence[str] = ()
    numbers: Sequence[str] = ()


class ProcReader:
    """Remembers counters, the clock and what `df` said last."""

    def __init__(self) -> None:
        self._counters, self._shares = Counters(), Shares()
        self._clock: tuple[float, float] | None = None
        # unix time and uptime when they were read together
        self._fills: tuple[float, dict[str, Fill]] = (0.0, {})
        self.exact = False
        # whether its `date` knows parts of a second

    def read(self, block: Block) -> Figures:
        """Figures of one block; ValueError says what it lacks."""
        files = by_path(block.numbers)
        up = first(files, "proc/uptime", 0)
        if up is None or up < 0:
            raise ValueError("a block without /proc/uptime")
        self._set_clock(block.clock, up)
        if self._clock is None:
            raise ValueError("no time of day came with its first numbers: `date +%s` does not work there")
        at, then = self._clock
        figures = Figures(round(at + up - then, 3))
        self._processors(figures, files, up)
        _memory(figures, files)
        self._network(figures, files, up)
        self._traffic(figures, files, up)
        if block.blocks:
            self._fills = (up, fills(block.blocks, block.inodes))
        read_at, mounts = self._fills
        figures.mounts(mounts if up - read_at < SLOW_S else {})
        return figures

    def _set_clock(self, lines: Sequence[str], up: float) -> None:
        found = re.fullmatch(r"(\d{9,11})(\.\d+)?(?!\d).*", lines[0].strip()) if lines else None
        if not found:
            return
        self.exact, now = bool(found[2]), float(found[1] + (found[2] or ""))
        if self._clock is not None and not self.exact:
            expected = self._clock[0] + up - self._clock[1]
            if abs(expected - now - 0.5) < WHOLE_S:
                return  # whole seconds say nothing new as long as they agree
        self._clock = (now, up)

    def _processors(self, figures: Figures, files: Numbers, up: float) -> None:
        """Of all processors; in a container with a limit, busy is what it uses of that limit."""
        words = next((line.split() for line in files.get("proc/stat", ()) if line.startswith("cpu ")), list[str]())
        steps = {name: number(word) for name, word in zip(_STEPS, words[1:], strict=False)}
        known = {name: value for name, value in steps.items() if value is not None}
        shares = self._shares.of(known) if len(known) == len(_STEPS) else None
        busy = None if shares is None else 1.0 - shares["idle"] - shares["iowait"]
        if (cores := allowed_cores(files)) is not None:
            used = self._counters.rate("cgroup cpu", _used_s(files), up)
            busy = None if used is None else used / cores
        figures.host("cpu.busy", busy)
        figures.host("cpu.iowait", None if shares is None else shares["iowait"])
        figures.host("cpu.steal", None if shares is None else shares["steal"])
        figures.host("load.1m", first(files, "proc/loadavg", 0), "no /proc/loadavg")

    def _network(self, figures: Figures, files: Numbers, up: float) -> None:
        cards = {name: words for name, words in _cards(files.get("proc/net/dev", ())) if name != "lo"}
        for name, column in (("net.rx", 0), ("net.tx", 8)):
            values = {card: words[column] for card, words in cards.items()}
            figures.host(name, self._counters.sum(name, values, up))
        errors = {card: words[2] + words[10] for card, words in cards.items()}
        figures.host("net.errors", self._counters.sum("net.errors", errors, up))
        again = _retransmits(files)
        missing = "no /proc/net/snmp" if again is None else ""
        figures.host("net.retransmits", self._counters.rate("tcp", again, up), missing)

    def _traffic(self, figures: Figures, files: Numbers, up: float) -> None:
        disks = _disks(files.get("proc/diskstats", ()))
        for name, at in (("disk.read", 0), ("disk.write", 1)):
            values = {disk: pair[at] * SECTOR for disk, pair in disks.items()}
            figures.host(name, self._counters.sum(name, values, up), "" if disks else "no disk of its own")


def by_path(lines: Iterable[str]) -> dict[str, list[str]]:
    """`path:line` as grep -H prints it."""
    files: dict[str, list[str]] = {}
    for line in lines:
        path, found, rest = line.partition(":")
        if found:
            files.setdefault(path, []).append(rest)
    return files


def number(word: str) -> float | None:
    """A finite one that is not below zero: nothing that is read here ever is."""
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def first(files: Numbers, path: str, column: int) -> float | None:
    """A word of a file's first line as a number."""
    words = files.get(path, ("",))[0].split()
    return number(words[column]) if column < len(words) else None


def allowed_cores(files: Numbers) -> float | None:
    """What a container may use, by cgroup v2 or v1; None where nothing limits it."""
    cgroup = "sys/fs/cgroup"
    quota, period = first(files, f"{cgroup}/cpu.max", 0), first(files, f"{cgroup}/cpu.max", 1)
    if quota is None:
        quota = first(files, f"{cgroup}/cpu/cpu.cfs_quota_us", 0)
        period = first(files, f"{cgroup}/cpu/cpu.cfs_period_us", 0)
    return quota / period if quota and period else None


def _used_s(files: Numbers) -> float | None:
    line = next((line for line in files.get("sys/fs/cgroup/cpu.stat", ()) if line.startswith("usage_usec ")), "")
    if line:
        value = number(line.split()[1])
        return None if value is None else value / 1e6
    value = first(files, "sys/fs/cgroup/cpuacct/cpuacct.usage", 0)
    return None if value is None else value / 1e9


def _memory(figures: Figures, files: Numbers) -> None:
    """In bytes; where a container's limit is lower than the machine, that limit and what it still leaves."""
    kib = {
        words[0].rstrip(":"): value * 1024
        for line in files.get("proc/meminfo", ())
        if len(words := line.split()) > 1 and (value := number(words[1])) is not None
    }
    total, available = kib.get("MemTotal"), kib.get("MemAvailable")
    limit, used = _limit(files)
    if limit is not None and used is not None and (total is None or limit < total):
        left = max(0.0, limit - used)
        total, available = limit, left if available is None else min(left, available)
    swap, free = kib.get("SwapTotal"), kib.get("SwapFree")
    figures.host("memory.available", available, "not offered by this kernel")
    figures.host("memory.total", total, "no /proc/meminfo")
    figures.host("swap.used", None if swap is None or free is None else max(0.0, swap - free), "no /proc/meminfo")


def _limit(files: Numbers) -> tuple[float | None, float | None]:
    """Most bytes, and those in use that cannot simply be dropped."""
    cgroup = "sys/fs/cgroup"
    names = (f"{cgroup}/memory.max", f"{cgroup}/memory.current", f"{cgroup}/memory.stat")
    if names[1] not in files:
        cgroup += "/memory"
        names = (f"{cgroup}/memory.limit_in_bytes", f"{cgroup}/memory.usage_in_bytes", f"{cgroup}/memory.stat")
    limit, current = first(files, names[0], 0), first(files, names[1], 0)
    stat = [line.split() for line in files.get(names[2], ())]
    inactive = [number(words[1]) or 0.0 for words in stat if len(words) == 2]  # total_ is the larger of v1's two
    return limit, None if current is None else max(0.0, current - max(inactive, default=0.0))


def _cards(lines: Iterable[str]) -> Iterable[tuple[str, list[float]]]:
    for line in lines:
        name, _, rest = line.partition(":")
        values = [number(word) for word in rest.split()]
        known = [value for value in values if value is not None]
        if len(known) == len(values) >= 16:
            yield name.strip(), known


def _retransmits(files: Numbers) -> float | None:
    lines = [line.split() for line in files.get("proc/net/snmp", ()) if line.startswith("Tcp: ")]
    if len(lines) < 2 or "RetransSegs" not in lines[0] or len(lines[0]) != len(lines[1]):
        return None
    return number(lines[1][lines[0].index("RetransSegs")])


def _disks(lines: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Sectors read and written of whole disks; a partition counts only where its disk is not listed."""
    found: dict[str, tuple[float, float]] = {}
    for line in lines:
        words = line.split()
        if len(words) >= 10 and not STACKED.fullmatch(words[2]):
            read, written = number(words[5]), number(words[9])
            if read is not None and written is not None:
                found[words[2]] = (read, written)
    return {name: pair for name, pair in found.items() if whole_of(name) not in found}


def whole_of(name: str) -> str:
    """The disk that a partition would be on; empty for what cannot be one."""
    found = _PART.fullmatch(name)
    return (found[1] or found[2] or "") if found else ""


def fills(blocks: Iterable[str], inodes: Iterable[str]) -> dict[str, Fill]:
    """Two tables of `df`; of several mounts of one device the shortest path, the root always."""
    nodes = {path: (used, free) for _, used, free, path in _df(inodes)}
    chosen: dict[str, tuple[str, Fill]] = {}
    for device, used, free, path in _df(blocks):
        before = chosen.get(device)
        if before is not None and (before[0] == "/" or len(before[0]) <= len(path)):
            continue
        node = nodes.get(path)
        ratio = node[0] / sum(node) if node and sum(node) > 0 else None
        if used + free > 0:
            chosen[device] = (path, Fill(used / (used + free), ratio, free * 1024))
    return dict(list(chosen.values())[:MOUNTS_MOST])


def _df(lines: Iterable[str]) -> Iterable[tuple[str, float, float, str]]:
    """Device, used, free and path; device names and paths may hold spaces, so columns are counted from the percent sign."""
    for line in lines:
        found = re.fullmatch(r"(\S.*?) +(\d+) +(\d+) +(-?\d+) +(?:\d+%|-) +(/.*)", line)
        if found:
            yield found[1], float(found[3]), max(0.0, float(found[4])), clean(found[5], limit=256)
