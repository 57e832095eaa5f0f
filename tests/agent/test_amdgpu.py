"""AMD cards by their files. The trees follow the kernel's documentation of amdgpu; no card is behind them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.cards import Look, Machine

A = "0000:03:00.0"
NOT_OFFERED = "not offered by amdgpu for this card"
MI300 = {
    "gpu_busy_percent": "87",
    "mem_info_vram_used": "171798691840",
    "mem_info_vram_total": "206141652992",
    "hwmon/hwmon4/temp1_input": "71000",
    "hwmon/hwmon4/power1_input": "512000000",
    "ras/umc_err_count": "ue: 2\nce: 140",
    "ras/gfx_err_count": "ue: 1\nce: 0",
    "ras/features": "feature mask: 0x1fff",
}
RADEON = {
    "gpu_busy_percent": "3",
    "mem_info_vram_used": "1073741824",
    "mem_info_vram_total": "17163091968",
    "hwmon/hwmon2/temp1_input": "45000",
    "hwmon/hwmon2/power1_average": "38000000",
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def put(machine: Machine, address: str, files: dict[str, str], kind: str = "0x030000") -> Path:
    path = machine.card(address, "amdgpu", kind=kind)
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text + "\n")
    return path


@pytest.fixture
def look(machine: Machine) -> Iterator[Look]:
    put(machine, A, MI300, kind="0x120000")
    look = Look(machine, 1)
    yield look
    look.devices.close()


def test_a_data_centre_card_says_six_of_seven(look: Look) -> None:
    assert look.after(1) == {
        "gpu0": {
            "busy": 0.87,
            "memory_used": 171798691840.0,
            "memory_total": 206141652992.0,
            "temperature": 71.0,
            "power": 512.0,
            "throttled": NOT_OFFERED,
            "errors": 3.0,
        }
    }


def test_a_desktop_card_counts_no_errors(machine: Machine) -> None:
    put(machine, A, RADEON)
    look = Look(machine, 1)
    said = look.after(1)["gpu0"]
    assert (said["power"], said["temperature"], said["errors"]) == (38.0, 45.0, NOT_OFFERED)
    look.devices.close()


def test_a_file_without_a_number_costs_its_own_field(look: Look) -> None:
    path = look.machine.bus / A
    (path / "gpu_busy_percent").write_text("")
    (path / "hwmon/hwmon4/temp1_input").unlink()
    (path / "ras/umc_err_count").write_text("ue: many\n")
    said = look.after(1)["gpu0"]
    assert said["busy"] == "gpu_busy_percent holds no number"
    assert said["temperature"] == NOT_OFFERED
    assert said["errors"] == "amdgpu counts errors in a way that is not known here"
    assert said["power"] == 512.0


def test_a_sleeping_card_is_not_woken(look: Look) -> None:
    (look.machine.bus / A / "power/runtime_status").write_text("suspended\n")
    assert set(look.after(1)["gpu0"].values()) == {"asleep"}
    assert look.child == 0, "reading its load would wake it"


def test_a_card_that_hangs_in_its_own_files_is_said(look: Look) -> None:
    look.after(1)
    path = look.machine.bus / A / "gpu_busy_percent"
    path.unlink()
    os.mkfifo(path)  # nobody ever writes: a read of it waits as one of a wedged card does
    look.after(5, answer=False)
    assert set(look.after(10, answer=False)["gpu0"].values()) == {"driver does not answer"}


def test_a_card_that_is_pulled_out_is_gone(look: Look) -> None:
    look.after(1)
    (look.machine.bus / A).rename(look.machine.sys / "away")
    (words,) = set(look.after(5)["gpu0"].values())
    assert "unplugged" in str(words)
