"""Rate and time left, in words that a person reads at a glance."""

from clawtui.deploy.pace import Moved, Pace, together

MB = 1_000_000


def test_the_rate_is_that_of_the_last_seconds() -> None:
    pace = Pace("web1", "model.onnx", 200 * MB)
    assert pace.at(0.0, 50 * MB) == Moved("web1", "model.onnx", 50 * MB, 200 * MB)
    pace.at(100.0, 60 * MB)  # it hung for a while
    moved = [pace.at(100.0 + second, (60 + 10 * second) * MB) for second in range(1, 8)][-1]
    assert (moved.rate, moved.left_s) == (10 * MB, 7.0)
    assert moved.words == "model.onnx: 130 MB of 200 MB, 10.0 MB/s, 7 s left"


def test_all_hosts_are_as_far_as_their_sum_and_end_with_the_slowest() -> None:
    fast = Moved("a", "m", 100, 200, rate=50.0, left_s=2.0)
    slow = Moved("b", "m", 50, 200, rate=1.0, left_s=150.0)
    done = Moved("c", "m", 200, 200)
    all_ = together([fast, slow, done])
    assert (all_.done, all_.size, all_.rate, all_.left_s) == (350, 600, 51.0, 150.0)
    assert all_.words == "in all: 350 bytes of 600 bytes, 51 bytes/s, 2 min 30 s left"
    assert together([fast, Moved("d", "m", 0, 200)]).left_s is None
    assert together([done]).words == "in all: 200 bytes of 200 bytes"


def test_sizes_are_decimal_and_large_ones_stay_readable() -> None:
    assert Moved("a", "m", 999, 12_345_678_901_234).words == "m: 999 bytes of 12346 GB"
