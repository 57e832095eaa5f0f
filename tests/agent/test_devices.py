"""NVIDIA cards through a child. The library is a fake, compiled from `fake_nvml.c`; process, loading and calls are real."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui_agent.collectors.devices import LATE, RESTING, SILENT
from tests.agent.cards import Look, Machine, library

A, B = "0000:01:00.0", "0000:41:00.0"
GIB = 2**30


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return library(tmp_path_factory.mktemp("nvml") / "lib")


@pytest.fixture
def machine(tmp_path: Path, fake: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(fake))
    monkeypatch.setenv("FAKE_NVML", str(machine.control))
    return machine


@pytest.fixture
def look(machine: Machine) -> Iterator[Look]:
    machine.card(A)
    look = Look(machine)
    yield look
    look.devices.close()


def test_a_card_says_all_seven(look: Look) -> None:
    look.machine.says("busy 40, throttle 12, ecc 2")
    assert look.after(1) == {
        "gpu0": {
            "busy": 0.4,
            "memory_used": 20.0 * GIB,
            "memory_total": 80.0 * GIB,
            "temperature": 61.0,
            "power": 312.5,
            "throttled": 1.0,
            "errors": 2.0,
        }
    }
    look.machine.says("busy 70")
    assert look.after(5)["gpu0"]["busy"] == 0.7


def test_the_usual_power_cap_is_no_throttling(look: Look) -> None:
    look.machine.says("throttle 4")
    assert look.after(1)["gpu0"]["throttled"] == 0.0


def test_cards_are_numbered_by_bus_address_over_all_drivers(machine: Machine) -> None:
    machine.card(B)
    machine.card("0000:02:00.0", "amdgpu")
    machine.card("0000:03:00.0", "ast", kind="0x030000")
    machine.card("0000:04:00.0", "nvidia", kind="0x040300")  # the sound of a card
    machine.card("0000:05:00.0", "")
    nvidia, amd = machine.collectors()
    assert {column.scope for column in nvidia.columns} == {"device:gpu1"}
    assert {column.scope for column in amd.columns} == {"device:gpu0"}


def test_no_card_and_no_driver_is_no_error_and_no_process(machine: Machine) -> None:
    machine.card(A, "vfio-pci")
    look = Look(machine)
    assert look.after(1) == look.after(100) == {}
    assert look.child == 0


def test_a_driver_that_comes_later_is_found(machine: Machine) -> None:
    path = machine.card(A, "")
    look = Look(machine)
    assert look.after(1) == {}
    (path / "driver").symlink_to("../../drivers/nvidia")
    assert look.after(61)["gpu0"]["busy"] == 0.5
    look.devices.close()


@pytest.mark.parametrize(
    ("says", "field", "words"),
    [
        ("power.code 3", "power", "not supported by this card"),
        ("temperature.code 4", "temperature", "no permission"),
        ("memory.code 3", "memory_used", "not supported by this card"),
        ("utilization.code 3, mig 1", "busy", "MIG is on: the driver tells nothing of the whole card here"),
        ("ecc.code 3, events.code 3", "errors", "not supported by this card"),
        ("throttle.code 999", "throttled", "NVML error 999"),
    ],
)
def test_a_field_that_cannot_be_told_says_why_and_costs_only_itself(
    look: Look, says: str, field: str, words: str
) -> None:
    look.machine.says(says)
    said = look.after(1)["gpu0"]
    assert said[field] == words
    assert [name for name, value in said.items() if isinstance(value, str)] in (
        [field],
        ["memory_used", "memory_total"],
    )


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("init.code 18", "driver and libnvidia-ml are of different versions: restart the host or reload the driver"),
        ("init.code 9", "the NVIDIA driver is not loaded"),
        ("handle.code 4", "no permission"),
        ("handle.code 6", "the card is not known to the driver"),
    ],
)
def test_a_driver_that_refuses_is_said_for_all_fields_and_asked_again(look: Look, says: str, words: str) -> None:
    look.machine.says(says)
    assert set(look.after(1)["gpu0"].values()) == {words}
    look.machine.says("busy 10")
    assert look.after(5)["gpu0"]["busy"] == 0.1


def test_without_the_library_the_reason_names_it(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nonexistent")
    (words,) = set(look.after(1)["gpu0"].values())
    assert "libnvidia-ml.so.1 can't be loaded" in str(words)


def test_a_library_of_an_older_driver_is_enough(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library(tmp_path / "old", "-DOLD")))
    machine.card(A)
    look = Look(machine)
    assert look.after(1)["gpu0"]["memory_used"] == 21.0 * GIB
    look.devices.close()


def test_a_wedged_driver_blocks_only_the_child_which_is_killed(look: Look) -> None:
    look.after(1)
    look.machine.says("hang 1")
    assert look.after(5, answer=False)["gpu0"]["busy"] == 0.5, "what was said last, for its own period"
    pid = look.child
    assert set(look.after(LATE, answer=False)["gpu0"].values()) == {SILENT}
    look.died()
    assert look.machine.events == [("device-lost", "device:gpu0", SILENT)]
    look.machine.says("busy 30")
    assert look.after(15)["gpu0"]["busy"] == 0.3, "a new child asks again"
    assert look.machine.events[-1][0] == "device-back"
    assert look.child != pid


def test_a_crash_in_the_library_is_said_and_not_repeated_at_once(look: Look) -> None:
    look.machine.says("crash 1")
    look.after(1)
    look.died()
    (words,) = set(look.after(1, answer=False)["gpu0"].values())
    assert "signal 11" in str(words)
    assert look.after(5, answer=False)["gpu0"]["busy"] == words
    assert look.child == 0, "no new process before its time"
    look.machine.says("busy 30")
    assert look.after(10)["gpu0"]["busy"] == 0.3


def test_a_card_that_is_lost_is_told_and_the_others_go_on(machine: Machine) -> None:
    machine.card(A)
    machine.card(B)
    look = Look(machine)
    look.after(1)
    machine.says("code:65 15")  # bus 0x41
    said = look.after(5)
    assert set(said["gpu1"].values()) == {"the card is lost: it fell off the bus; reset it or restart the host"}
    assert said["gpu0"]["busy"] == 0.5
    assert [event[:2] for event in machine.events] == [("device-lost", "device:gpu1")]
    machine.says("")
    assert look.after(5)["gpu1"]["busy"] == 0.5
    assert machine.events[-1][0] == "device-back"
    look.devices.close()


def test_a_card_that_is_unplugged_keeps_its_name_and_one_that_comes_gets_the_next(machine: Machine) -> None:
    path = machine.card(A)
    machine.card(B)
    look = Look(machine)
    look.after(1)
    path.rename(machine.sys / "away")
    said = look.after(5)
    assert set(said["gpu0"].values()) == {"the card is gone: it was unplugged or fell off the bus"}
    assert said["gpu1"]["busy"] == 0.5
    machine.card("0000:00:08.0")
    assert look.after(61)["gpu2"]["busy"] == 0.5
    look.devices.close()


def test_an_xid_is_told_and_counted(look: Look) -> None:
    look.machine.says("ecc.code 3")
    assert look.after(1)["gpu0"]["errors"] == 0.0, "a card without ECC still counts Xids"
    look.machine.says("ecc.code 3, xid 79")
    look.after(5)
    assert look.machine.events == [("device-error", "device:gpu0", "Xid 79 of the NVIDIA driver")]
    assert look.after(5)["gpu0"]["errors"] == 1.0


def test_a_sleeping_card_is_not_woken(machine: Machine) -> None:
    machine.card(A, runtime_status="suspended", control="auto")
    look = Look(machine)
    assert set(look.after(1)["gpu0"].values()) == {"asleep"}
    assert look.child == 0
    machine.card(B)
    assert look.after(61)["gpu1"]["busy"] == 0.5
    assert machine.attached() == [B]
    assert machine.events == []
    (machine.bus / A / "power/runtime_status").write_text("active")
    assert look.after(5)["gpu0"]["busy"] == 0.5
    look.devices.close()


def test_an_idle_card_that_may_sleep_is_left_alone_for_a_minute(machine: Machine) -> None:
    machine.card(A, control="auto")
    machine.says("busy 0")
    look = Look(machine)
    assert look.after(1)["gpu0"]["busy"] == 0.0
    look.died()
    assert set(look.after(5)["gpu0"].values()) == {RESTING}
    assert look.child == 0, "no handle is open"
    assert look.after(60)["gpu0"]["busy"] == 0.0, "it stayed awake: others use it, so it is looked at again"
    assert look.after(5)["gpu0"]["busy"] == 0.0
    look.devices.close()


def test_a_child_never_outlives_its_agent(look: Look) -> None:
    look.after(1)
    pid = look.child
    os.close(look.devices._child._out)  # as when the agent was killed
    assert os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT) is not None
    look.devices._child._out = os.open("/dev/null", os.O_WRONLY)
