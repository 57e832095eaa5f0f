"""Names in few words."""

import pytest

from clawtui.cli.fold import fold


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        (["web"], "web"),
        (["gpu-01"], "gpu-01"),
        ([f"gpu-{i:02d}" for i in range(1, 9)], "gpu-[01-08]"),
        ([f"gpu-{i:02d}" for i in (8, 9, 10, 11)], "gpu-[08-11]"),
        (["web-1", "web-2", "web-5", "db"], "web-[1-2,5],db"),
        (["a1.eu", "a2.eu", "a1.us"], "a[1-2].eu,a1.us"),
        (["n1", "n01"], "n1,n01"),
    ],
)
def test_runs_of_numbers_become_ranges(names: list[str], folded: str) -> None:
    assert fold(names) == folded
