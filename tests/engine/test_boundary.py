"""Every value of the boundary goes to JSON and back unchanged, and no repr tells a secret."""

import importlib
import math
import types
import typing
from enum import Enum
from pkgutil import iter_modules
from typing import Any

import msgspec
import pytest

from clawtui.engine import boundary
from clawtui.engine.boundary import decode, encode
from clawtui.engine.boundary.hosts import SampleFrame
from clawtui.engine.boundary.plans import HostOutcome, Outcome, Progress
from clawtui.engine.boundary.prompts import AnswerPrompt
from clawtui.engine.boundary.value import Value


def classes() -> set[type[Value]]:
    """Every value in any file of the boundary."""
    files = [importlib.import_module(f"{boundary.__name__}.{found.name}") for found in iter_modules(boundary.__path__)]
    kinds = [kind for file in files for kind in vars(file).values() if isinstance(kind, type)]
    return {kind for kind in kinds if issubclass(kind, Value)} - {Value}


CROSSING = typing.get_args(boundary.Event | boundary.Query | boundary.Answer | boundary.Intent | Outcome)


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


def inside(kind: Any) -> set[Any]:
    """The values that a type or a value holds, itself among them."""
    if isinstance(kind, type) and issubclass(kind, Value):
        return {kind}.union(*(inside(hint) for hint in typing.get_type_hints(kind).values()))
    return set().union(*(inside(argument) for argument in typing.get_args(kind)))


def test_every_value_crosses_or_travels_in_one_that_does() -> None:
    assert classes() == set().union(*(inside(kind) for kind in CROSSING))


def test_output_of_a_command_is_exact_bytes() -> None:
    progress = Progress("p", HostOutcome("a", "ok", stdout=bytes(range(256))))
    assert decode(encode(progress)) == progress


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"type": "Nothing"}', b'{"type": "Arm", "minutes": "ten"}'])
def test_what_is_no_value_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(line)


def test_infinity_never_leaves_as_a_number() -> None:
    assert b"null" in encode(SampleFrame("a", 0.0, {"x": math.inf}))


def test_an_answer_is_never_in_a_repr() -> None:
    assert "hunter2" not in repr(AnswerPrompt("q1", "hunter2"))
    assert "hunter2" not in f"{AnswerPrompt('q1', 'hunter2')!r} {[AnswerPrompt('q1', 'hunter2')]}"
