"""A page of node-exporter, read: names, rates, resets and lies. The real server is in test_node_exporter.py."""

import pytest

from clawtui.metrics.exporter import PageReader, parse
from clawtui.metrics.figures import Figures
from clawtui.metrics.sample import Key

PAGE = """\
# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 1.25
node_exporter_build_info{branch="",goversion="go1.19.8",revision="",version="1.5.0-1+b6"} 1
node_time_seconds {time}
node_cpu_seconds_total{cpu="0",mode="idle"} {idle}
node_cpu_seconds_total{cpu="0",mode="iowait"} 5
node_cpu_seconds_total{cpu="0",mode="steal"} 1
node_cpu_seconds_total{cpu="0",mode="user"} {user}
node_memory_MemTotal_bytes 8e+09
node_memory_MemAvailable_bytes 5.5e+09
node_memory_SwapTotal_bytes 1e+09
node_memory_SwapFree_bytes 7.5e+08
node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1e+12
node_filesystem_free_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 7e+11
node_filesystem_avail_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 6e+11
node_filesystem_files{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1000
node_filesystem_files_free{device="/dev/sda1",fstype="ext4",mountpoint="/"} 750
node_filesystem_size_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 100
node_filesystem_free_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 0
node_filesystem_avail_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 0
node_disk_read_bytes_total{device="sda"} {bytes}
node_disk_written_bytes_total{device="sda"} 0
node_disk_read_bytes_total{device="dm-0"} {bytes}
node_network_receive_bytes_total{device="eth0"} {bytes}
node_network_transmit_bytes_total{device="eth0"} 7
node_network_receive_bytes_total{device="lo"} {bytes}
node_network_receive_bytes_total{device="veth12"} {bytes}
node_network_receive_errs_total{device="eth0"} 0
node_network_transmit_errs_total{device="eth0"} 0
node_netstat_Tcp_RetransSegs 10
node_timex_sync_status 1
node_pressure_cpu_waiting_seconds_total 10
"""


def page(**values: object) -> str:
    text = PAGE
    for name, value in ({"time": 1700000000.5, "idle": 100, "user": 50, "bytes": 1000} | values).items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def two(first: str, second: str) -> Figures:
    reader = PageReader()
    reader.read(parse(first), 0.0)
    return reader.read(parse(second), 0.0)


def value(figures: Figures, name: str, scope: str = "host") -> float | None:
    return figures.values[Key(scope, name)]


def test_names_are_ours() -> None:
    found = PageReader().read(parse(page()), 0.0)
    assert found.at == 1700000000.5
    assert value(found, "load.1m") == 1.25
    assert (value(found, "memory.total"), value(found, "memory.available")) == (8e9, 5.5e9)
    assert value(found, "swap.used") == 2.5e8
    assert value(found, "clock.synced") == 1.0
    assert value(found, "disk.used_ratio") == pytest.approx(1 / 3)
    assert value(found, "mount.inodes_ratio", "mount:/") == 0.25
    assert value(found, "mount.free", "mount:/") == 6e11
    assert Key("mount:/run", "mount.free") not in found.values
    assert found.missing[Key("host", "pressure.io")] == "its page has no pressure collector"
    assert value(found, "cpu.busy") is None


def test_counters_become_rates_of_real_devices_only() -> None:
    found = two(page(), page(time=1700000005.5, idle=103, user=52, bytes=6000))
    assert value(found, "cpu.busy") == pytest.approx(0.4)
    assert value(found, "net.rx") == 1000.0
    assert value(found, "disk.read") == 1000.0
    assert value(found, "net.retransmits") == 0.0


def test_a_reset_gives_nothing_and_never_less() -> None:
    found = two(page(bytes=10**9), page(time=1700000005.5, idle=1, user=60, bytes=3))
    assert (value(found, "net.rx"), value(found, "disk.read")) == (0.0, 0.0)
    assert value(found, "cpu.busy") == 1.0


def test_a_page_that_is_served_twice_gives_no_rate() -> None:
    assert value(two(page(), page()), "net.rx") is None


@pytest.mark.parametrize("word", ["NaN", "+Inf", "-5", "ten", "1e999", "\x1b[2J"])
def test_what_is_no_number_is_unknown(word: str) -> None:
    found = two(page(), page(time=1700000005.5, bytes=word, user=word).replace("8e+09", word))
    assert [value(found, name) for name in ("net.rx", "memory.total")] == [None, None]
    assert 0 <= (value(found, "cpu.busy") or 0) <= 1


@pytest.mark.parametrize(
    "text", ["", "<html>not found</html>", "up 1\n", "node_load1 1\n", "node_cpu_seconds_total{\n" * 9]
)
def test_another_page_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no page of node-exporter"):
        parse(text)


def test_labels_may_hold_anything() -> None:
    line = 'node_filesystem_{}{{device="d",fstype="ext4",mountpoint="/a \\"b\\" }}, \\\\c\x1b[1m"}} 10\n'
    text = page() + "".join(line.format(name) for name in ("size_bytes", "free_bytes", "avail_bytes"))
    scopes = {key.scope for key in PageReader().read(parse(text), 0.0).values}
    assert any(scope.startswith('mount:/a "b" }, \\c') and "\x1b" not in scope for scope in scopes)


def test_a_page_without_the_time_is_of_the_moment_it_came() -> None:
    text = "\n".join(line for line in page().splitlines() if "node_time" not in line)
    assert PageReader().read(parse(text), 4711.0).at == 4711.0
