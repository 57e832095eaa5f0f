"""A cause that nobody saw is somebody's fault, or is explained in words."""

import pytest

from clawtui.cli.demo import _incident, _sentence
from clawtui.demo.headless import Cores, explained
from clawtui.demo.sightings import Incident

FREE, TAKEN = Cores(2, 1.0), Cores(2, 5.2)


@pytest.mark.parametrize(
    ("incident", "cores", "why"),
    [
        (Incident("a", "cpu-high", 10, None), TAKEN, "5.2 processes share this machine's 2 cores"),
        (Incident("a", "cpu-high", 10, None), FREE, ""),
        (Incident("a", "host-down", 10, None), TAKEN, ""),
        (Incident("a", "host-down", 95, None), FREE, "the demo ended 5 s after it"),
        (Incident("a", "cpu-high", 10, 14), TAKEN, ""),
        (Incident("a", "cpu-high", None, 14), TAKEN, ""),
    ],
)
def test_what_was_not_seen_has_a_reason_only_where_there_is_one(incident: Incident, cores: Cores, why: str) -> None:
    told = explained(incident, 100, cores)
    assert told.why.startswith(why)
    assert bool(told.why) is bool(why)


def test_the_reason_stands_in_the_sentence_and_in_the_document() -> None:
    told = explained(Incident("a", "cpu-high", 10, None), 100, TAKEN)
    reason = "not seen: 5.2 processes share this machine's 2 cores, so no host gets one to use up"
    assert _sentence(told).endswith(reason)
    assert _incident(told)["seen_at"] is None
    assert reason.endswith(str(_incident(told)["why"]))
    assert "why" not in _incident(Incident("a", "cpu-high", 10, 14))
