"""Asks NVIDIA's driver, by NVML: `python3 -I -S nvml.py`. A line of bus addresses in, a line of JSON out.

A program of its own: a driver that is wedged blocks whoever calls it, and a crash in the library ends the process.
Cards are attached one by one, so that those that sleep and are not asked for go on sleeping.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any, Union

LIBRARY = "libnvidia-ml.so.1"
NOT_SUPPORTED, MISSING, LOST, MIG = 3, 13, 15, "MIG is on: the driver tells nothing of the whole card here"
WORDS = {
    NOT_SUPPORTED: "not supported by this card",
    4: "no permission",
    6: "the card is not known to the driver",
    9: "the NVIDIA driver is not loaded",
    MISSING: "not offered by this driver",
    LOST: "the card is lost: it fell off the bus; reset it or restart the host",
    16: "the card has to be reset",
    18: "driver and libnvidia-ml are of different versions: restart the host or reload the driver",
}
NO_GPUS, NO_ATTACH = 1, 2  # flags of nvmlInitWithFlags
XID = 0x8  # event type
MOST_EVENTS = 16
SLOWED = (
    0x8 | 0x20 | 0x40 | 0x80
)  # hardware slow-down, thermal by software and hardware, power brake; not the usual power cap
Value = Union[float, str]


class Utilization(ctypes.Structure):
    """nvmlUtilization_t."""

    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class Memory(ctypes.Structure):
    """nvmlMemory_t."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class Memory2(ctypes.Structure):
    """nvmlMemory_v2_t: `used` without what the driver keeps for itself."""

    _fields_ = (
        ("version", ctypes.c_uint),
        ("total", ctypes.c_ulonglong),
        ("reserved", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


class Event(ctypes.Structure):
    """nvmlEventData_t."""

    _fields_ = (
        ("device", ctypes.c_void_p),
        ("type", ctypes.c_ulonglong),
        ("data", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


class Refused(Exception):
    """NVML returned something else than success."""

    def __init__(self, code: int) -> None:
        super().__init__(WORDS.get(code, f"NVML error {code}"))
        self.code = code


class Nvml:
    """The library, opened and initialised when first asked, and again after it refused."""

    def __init__(self) -> None:
        self._library: Any = None
        self._handles: dict[str, ctypes.c_void_p] = {}
        self._events: ctypes.c_void_p | None = None
        self._watched: dict[str, bool] = {}
        self._xids: dict[str, int] = {}

    def cards(self, addresses: list[str]) -> dict[str, list[Value] | str]:
        """By address seven values, each a number or why there is none; or why there is nothing of this card."""
        try:
            self._begin()
        except (Refused, OSError) as error:
            words = str(error) if isinstance(error, Refused) else f"{LIBRARY} can't be loaded: {error}"
            return dict.fromkeys(addresses, words)
        return {address: self._card(address) for address in addresses}

    def events(self) -> list[tuple[str, str]]:
        """Errors that the driver reported since the last call."""
        found: list[tuple[str, str]] = []
        while self._events is not None and len(found) < MOST_EVENTS:
            event = Event()
            try:
                self.call("nvmlEventSetWait_v2", self._events, ctypes.byref(event), 0)
            except Refused:
                break
            address = next((a for a, handle in self._handles.items() if handle.value == event.device), "")
            if event.type & XID and address:
                self._xids[address] = self._xids.get(address, 0) + 1
                found.append((address, f"Xid {event.data} of the NVIDIA driver"))
        return found

    def call(self, name: str, *arguments: Any) -> None:
        """Raises Refused; a function that this version of the library lacks too."""
        try:
            function = getattr(self._library, name)
        except AttributeError:
            raise Refused(MISSING) from None
        code = int(function(*arguments))
        if code:
            raise Refused(code)

    def _begin(self) -> None:
        if self._library is not None:
            return
        self._library = ctypes.CDLL(LIBRARY)
        try:
            try:
                self.call("nvmlInitWithFlags", NO_GPUS | NO_ATTACH)
            except Refused as refused:
                if refused.code != MISSING:
                    raise
                self.call("nvmlInit_v2")
        except Refused:
            self._library = None
            raise
        events = ctypes.c_void_p()
        try:
            self.call("nvmlEventSetCreate", ctypes.byref(events))
            self._events = events
        except Refused:
            self._events = None

    def _card(self, address: str) -> list[Value] | str:
        try:
            handle = self._handle(address)
            values = [self._value(read, handle) for read in (_busy, _used, _total, _temperature, _power, _throttled)]
        except Refused as refused:
            self._handles.pop(address, None)
            return str(refused)
        if values[0] == WORDS[NOT_SUPPORTED] and _mig(self, handle):
            values[0] = MIG
        return [*values, self._errors(address, handle)]

    def _handle(self, address: str) -> ctypes.c_void_p:
        if address not in self._handles:
            handle = ctypes.c_void_p()
            self.call("nvmlDeviceGetHandleByPciBusId_v2", address.encode(), ctypes.byref(handle))
            self._handles[address] = handle
            self._watched[address] = self._watch(handle)
        return self._handles[address]

    def _watch(self, handle: ctypes.c_void_p) -> bool:
        if self._events is None:
            return False
        try:
            self.call("nvmlDeviceRegisterEvents", handle, ctypes.c_ulonglong(XID), self._events)
        except Refused:
            return False
        return True

    def _value(self, read: Any, handle: ctypes.c_void_p) -> Value:
        try:
            return float(read(self, handle))
        except Refused as refused:
            if refused.code == LOST:
                raise
            return str(refused)

    def _errors(self, address: str, handle: ctypes.c_void_p) -> Value:
        """Uncorrected memory errors since the driver was loaded, and Xids since we look; a card may know only one of them."""
        ecc = self._value(_ecc, handle)
        if not self._watched.get(address):
            return ecc
        return self._xids.get(address, 0) + (ecc if isinstance(ecc, float) else 0.0)


def _busy(nvml: Nvml, handle: ctypes.c_void_p) -> float:
    used = Utilization()
    nvml.call("nvmlDeviceGetUtilizationRates", handle, ctypes.byref(used))
    return int(used.gpu) / 100.0


def _used(nvml: Nvml, handle: ctypes.c_void_p) -> int:
    return int(_memory(nvml, handle).used)


def _total(nvml: Nvml, handle: ctypes.c_void_p) -> int:
    return int(_memory(nvml, handle).total)


def _memory(nvml: Nvml, handle: ctypes.c_void_p) -> Memory | Memory2:
    newer = Memory2(version=ctypes.sizeof(Memory2) | 2 << 24)
    try:
        nvml.call("nvmlDeviceGetMemoryInfo_v2", handle, ctypes.byref(newer))
    except Refused as refused:
        if refused.code == LOST:
            raise
    else:
        return newer
    older = Memory()
    nvml.call("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(older))
    return older


def _temperature(nvml: Nvml, handle: ctypes.c_void_p) -> int:
    degrees = ctypes.c_uint()
    nvml.call("nvmlDeviceGetTemperature", handle, 0, ctypes.byref(degrees))
    return degrees.value


def _power(nvml: Nvml, handle: ctypes.c_void_p) -> float:
    milliwatts = ctypes.c_uint()
    nvml.call("nvmlDeviceGetPowerUsage", handle, ctypes.byref(milliwatts))
    return milliwatts.value / 1000.0


def _throttled(nvml: Nvml, handle: ctypes.c_void_p) -> bool:
    reasons = ctypes.c_ulonglong()
    nvml.call("nvmlDeviceGetCurrentClocksThrottleReasons", handle, ctypes.byref(reasons))
    return bool(reasons.value & SLOWED)


def _ecc(nvml: Nvml, handle: ctypes.c_void_p) -> int:
    count = ctypes.c_ulonglong()
    nvml.call(
        "nvmlDeviceGetTotalEccErrors", handle, 1, 0, ctypes.byref(count)
    )  # uncorrected, since the driver was loaded
    return count.value


def _mig(nvml: Nvml, handle: ctypes.c_void_p) -> bool:
    current, pending = ctypes.c_uint(), ctypes.c_uint()
    try:
        nvml.call("nvmlDeviceGetMigMode", handle, ctypes.byref(current), ctypes.byref(pending))
    except Refused:
        return False
    return current.value == 1


def main() -> None:
    """Until nobody asks any more."""
    nvml = Nvml()
    for line in sys.stdin.buffer:
        cards = nvml.cards(line.decode("ascii", "replace").split())
        os.write(1, json.dumps({"cards": cards, "events": nvml.events()}).encode() + b"\n")


if __name__ == "__main__":
    main()
