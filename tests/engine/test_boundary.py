"""Every value of the boundary goes to JSON and back unchanged, and no repr tells a secret."""

import math
import types
import typing
from enum import Enum
from typing import Any

import msgspec
import pytest

from clawtui.engine import boundary
from clawtui.engine.boundary import AnswerPrompt, HostOutcome, Value, decode, encode

CLASSES = [kind for kind in vars(boundary).values() if isinstance(kind, type) and issubclass(kind, Value)]
CROSSING = [kind for kind in CLASSES if kind in typing.get_args(boundary.Event | boundary.Query | boundary.Answer)]
CROSSING += [*typing.get_args(boundary.Intent), boundary.Outcome]


def example(kind: Any, depth: int = 0) -> Any:
    """A value of that type with something in every field."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return example(next(argument for argument in arguments if argument is not type(None)), depth)
    if origin is tuple:
        return (example(arguments[0], depth + 1),) if depth < 6 else ()
    if origin is dict:
        return {"cpu.busy": example(arguments[1], depth), "a b/\x1b\u202e": example(arguments[1], depth)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1]
    if isinstance(kind, type) and issubclass(kind, Value):
        hints = typing.get_type_hints(kind)
        return kind(**{name: example(hints[name], depth + 1) for name in kind.__struct_fields__})
    return {str: 'ü"\\\n\x1b]52;c;eA==\x07', float: 0.1, int: 2**40, bool: True, bytes: bytes(range(256))}[kind]


@pytest.mark.parametrize("kind", CROSSING, ids=lambda kind: kind.__name__)
def test_every_value_survives_the_way_to_json_and_back(kind: type[Value]) -> None:
    value = example(kind)
    assert decode(encode(value)) == value
    assert b"\n" not in encode(value)


def test_nothing_that_crosses_was_forgotten() -> None:
    parts = {
        "Breach",
        "Limit",
        "ServiceView",
        "MountView",
        "DeviceView",
        "HostView",
        "Summary",
        "Process",
        "ColumnView",
        "Happening",
        "SavedView",
        "ForwardView",
        "PortView",
        "ContextView",
        "Candidate",
    }
    parts |= {"Finding", "HostOutcome", "Proposal", "Value"}
    assert {kind.__name__ for kind in CLASSES} - {kind.__name__ for kind in CROSSING} == parts


def test_output_of_a_command_is_exact_bytes() -> None:
    progress = boundary.Progress("p", HostOutcome("a", "ok", stdout=bytes(range(256))))
    assert decode(encode(progress)) == progress


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"type": "Nothing"}', b'{"type": "Arm", "minutes": "ten"}'])
def test_what_is_no_value_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(line)


def test_infinity_never_leaves_as_a_number() -> None:
    assert b"null" in encode(boundary.SampleFrame("a", 0.0, {"x": math.inf}))


def test_an_answer_is_never_in_a_repr() -> None:
    assert "hunter2" not in repr(AnswerPrompt("q1", "hunter2"))
    assert "hunter2" not in f"{AnswerPrompt('q1', 'hunter2')!r} {[AnswerPrompt('q1', 'hunter2')]}"
