"""Blocks of the loop in sh, read: rates, resets, limits of a container, and lies."""

import pytest

from clawtui.metrics.figures import Figures
from clawtui.metrics.proc import Block, ProcReader, fills, whole_of
from clawtui.metrics.sample import Key

CARD = "proc/net/dev: eth0: {} 1 0 0 0 0 0 0 {} 1 0 0 0 0 0 0"


def numbers(up: float, *lines: str, cpu: str = "100 0 0 900 0 0 0 0") -> tuple[str, ...]:
    return (f"proc/uptime:{up} 1.0", f"proc/stat:cpu  {cpu} 0 0", *lines)


def read(reader: ProcReader, *lines: str, clock: str = "") -> Figures:
    return reader.read(Block(clock=(clock,) if clock else (), numbers=lines))


def value(figures: Figures, name: str) -> float | None:
    return figures.values[Key("host", name)]


def two(first: tuple[str, ...], second: tuple[str, ...]) -> Figures:
    reader = ProcReader()
    read(reader, *first, clock="1700000000.5")
    return read(reader, *second)


def test_counters_become_rates_and_time_goes_on_by_uptime() -> None:
    found = two(
        numbers(10.0, CARD.format(1000, 2000)), numbers(12.0, CARD.format(3000, 2500), cpu="150 0 0 1000 50 0 0 0")
    )
    assert found.at == 1700000002.5
    assert (value(found, "net.rx"), value(found, "net.tx")) == (1000.0, 250.0)
    assert value(found, "cpu.busy") == pytest.approx(0.25)
    assert value(found, "cpu.iowait") == pytest.approx(0.25)


def test_a_counter_that_was_reset_gives_nothing_and_never_less() -> None:
    found = two(numbers(10.0, CARD.format(9000, 9000)), numbers(11.0, CARD.format(5, 9100)))
    assert (value(found, "net.rx"), value(found, "net.tx")) == (0.0, 100.0)


def test_a_card_that_appears_makes_no_jump() -> None:
    found = two(numbers(10.0), numbers(11.0, CARD.format(10**12, 10**12)))
    assert value(found, "net.rx") is None


@pytest.mark.parametrize("word", ["NaN", "inf", "-5", "1e999", "ten", "\x1b[31m", "0x10"])
def test_what_is_no_number_is_unknown(word: str) -> None:
    reader = ProcReader()
    lines = (f"proc/meminfo:MemTotal: {word} kB", f"proc/loadavg:{word} 1 1", CARD.format(word, 1))
    found = read(reader, *numbers(10.0, *lines, cpu=f"{word} 0 0 1 0 0 0 0"), clock="1700000000.0")
    assert [value(found, name) for name in ("memory.total", "load.1m", "net.rx", "cpu.busy")] == [None] * 4


@pytest.mark.parametrize("lines", [(), ("proc/uptime:NaN 1",), ("proc/uptime:-1 1",), ("nonsense",)])
def test_a_block_without_uptime_is_no_block(lines: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="uptime"):
        read(ProcReader(), *lines, clock="1700000000.0")


@pytest.mark.parametrize("clock", ["", "yesterday", "12", "99999999999999999999"])
def test_without_a_time_of_day_there_is_no_sample(clock: str) -> None:
    with pytest.raises(ValueError, match="date"):
        read(ProcReader(), *numbers(10.0), clock=clock)


@pytest.mark.parametrize("clock", ["1700000001.%N", "1700000001", "1700000001."])
def test_whole_seconds_do_not_make_time_jump(clock: str) -> None:
    reader = ProcReader()
    read(reader, *numbers(10.0), clock="1700000000")
    assert read(reader, *numbers(11.9), clock=clock).at == 1700000001.9
    assert read(reader, *numbers(12.0), clock="1700000100").at == 1700000100.0


@pytest.mark.parametrize(
    "cgroup",
    [
        ("cpu.max:50000 100000", "cpu.stat:usage_usec {}"),
        ("cpu/cpu.cfs_quota_us:50000", "cpu/cpu.cfs_period_us:100000", "cpuacct/cpuacct.usage:{}000"),
    ],
)
def test_busy_in_a_container_is_of_what_it_may_use(cgroup: tuple[str, ...]) -> None:
    first, second = (
        numbers(up, *(f"sys/fs/cgroup/{line.format(used)}" for line in cgroup))
        for up, used in ((10.0, 1_000_000), (11.0, 1_250_000))
    )
    assert value(two(first, second), "cpu.busy") == pytest.approx(0.5)


def test_disks_are_counted_once() -> None:
    def disk(name: str, sectors: int) -> str:
        return f"proc/diskstats: 8 0 {name} 1 0 {sectors} 1 1 0 {sectors} 1 0 1 1"

    names = ("sda", "sda1", "nvme0n1", "nvme0n1p2", "dm-0", "md127", "loop3", "xvdb1")
    found = two(numbers(1.0, *(disk(n, 0) for n in names)), numbers(2.0, *(disk(n, 2) for n in names)))
    assert value(found, "disk.read") == 3 * 1024
    wholes = {"sda1": "sda", "nvme0n1p2": "nvme0n1", "mmcblk0p1": "mmcblk0", "sda": "", "nvme0n1": ""}
    assert {name: whole_of(name) for name in wholes} == wholes


def test_df_is_read_with_spaces_and_one_device_counts_once() -> None:
    blocks = [
        "Filesystem 1024-blocks Used Available Capacity Mounted on",
        "/dev/sda1 1000 300 600 34% /",
        "/dev/sda1 1000 300 600 34% /srv/again",
        "//nas/my share 100 50 50 50% /mnt/my share",
        "/dev/sdb 100 90 -5 100% /full",
        "half a line 10",
    ]
    found = fills(blocks, ["Filesystem Inodes IUsed IFree IUse% Mounted on", "/dev/sda1 100 25 75 25% /"])
    assert list(found) == ["/", "/mnt/my share", "/full"]
    assert (found["/"].used, found["/"].inodes, found["/"].free) == (pytest.approx(1 / 3), 0.25, 600 * 1024)
    assert found["/full"].used == 1.0
    assert found["/full"].inodes is None


def test_what_df_said_long_ago_counts_no_more() -> None:
    reader = ProcReader()
    df = ("/dev/sda1 1000 300 600 34% /",)
    reader.read(Block(("1700000000.0",), df, (), numbers(10.0)))
    assert value(read(reader, *numbers(20.0)), "disk.used_ratio") is not None
    assert value(read(reader, *numbers(30.0)), "disk.used_ratio") is None
