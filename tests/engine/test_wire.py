"""The lines that agent and engine share (tests/wire): each is read for what it is."""

import json
from pathlib import Path

import pytest

from clawtui.errors import AgentError, WireError
from clawtui.metrics.line import AgentEvent, Complaint, Heard, Numbers
from clawtui.metrics.wire import WireReader, request
from tests.engine.doubles import KINDS, hello

WIRE = Path(__file__).parents[1] / "wire"


def lines(name: str) -> list[bytes]:
    return (WIRE / name).read_bytes().splitlines()


@pytest.mark.parametrize("name", ["machine.jsonl", "tree.jsonl", "answers.jsonl", "range.jsonl", "top.jsonl"])
def test_every_shared_line_of_an_agent_is_read_for_what_it_is(name: str) -> None:
    reader, width = WireReader("a"), 0
    for line in lines(name):
        parsed, told = json.loads(line), reader.read(line)
        if isinstance(parsed, list):
            assert isinstance(told, Numbers)
            assert len(told.values) == width or not width
        else:
            assert isinstance(told, KINDS[next(iter(parsed))])
            width = len(told.hello.columns) if isinstance(told, Heard) else width


def test_every_shared_request_is_what_the_client_would_write() -> None:
    known = {"live", "watch", "ping", "range", "top", "reload"}
    for line in lines("requests.jsonl"):
        ((name, fields),) = json.loads(line).items()
        assert name in known
        written = request(name, **{{"from": "from_"}.get(key, key): value for key, value in fields.items()})
        assert json.loads(written) == json.loads(line)


def test_a_hello_is_parsed_to_the_last_field() -> None:
    heard = WireReader("a").read(
        json.dumps(hello(rev=3, allotment={"cores": 1, "memory": 2}, scope="process tree")).encode()
    )
    assert isinstance(heard, Heard)
    assert (heard.rev, heard.hello.scope, heard.hello.allotment) == (3, "process tree", {"cores": 1.0, "memory": 2.0})
    assert [str(column.key) for column in heard.hello.columns][-1] == "mount:/ mount.used_ratio"
    assert heard.hello.services[0].edges_ms == (50.0, 500.0)
    assert heard.hello.rings[0].slots == 86400


@pytest.mark.parametrize(
    "line",
    [
        b"[1]",
        b"[1.5, 1e9]",
        b"[1, -5]",
        b"[1, 1e30]",
        b"[1, 1e9, true]",
        b"[1, 1e9, [1]]",
        b'[1, 1e9, "x"]',
        b"[1, 1e9, Infinity]",
        b"nonsense",
        b"\xff\xfe",
        b'{"hello": {}}',
        b'{"hello": {"protocol": 1, "host": "a", "clock": -1, "columns": []}}',
        b'{"top": {"id": 1, "at": 1, "processes": [[1, 2, 3]]}}',
        b'{"range": {"id": 1, "tier": "1s", "step": 1, "from": 1, "columns": [["h", "x"]], "mean": [[1], [2]]}}',
        b'{"range": {"id": 1, "tier": "1s", "step": 1, "from": 1, "columns": [["h", "x"]], "mean": [[1]], "low": [[1, 2]]}}',
        b'{"range": {"id": 1, "tier": "1s", "step": -1, "from": 1, "columns": [], "mean": []}}',
        b"[" * 100_000,
        b'{"hello":' * 50_000,
    ],
)
def test_what_does_not_parse_names_the_host_and_shows_a_harmless_beginning(line: bytes) -> None:
    with pytest.raises(WireError) as caught:
        WireReader("web-1").read(line)
    assert str(caught.value).startswith("web-1: ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_too_many_columns_are_refused() -> None:
    columns = [["host", f"m{number}", "count", 1.0, ""] for number in range(5000)]
    with pytest.raises(WireError, match="4096 columns"):
        WireReader("a").read(json.dumps(hello(columns=columns)).encode())


@pytest.mark.parametrize(("protocol", "words"), [(2, "upgrade clawtui here"), (0, "agent upgrade a")])
def test_another_protocol_says_which_side_to_upgrade_whatever_else_it_holds(protocol: int, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        WireReader("a").read(b'{"hello": {"protocol": %d, "columns": {"new": "shape"}}}' % protocol)


@pytest.mark.parametrize("line", lines("bad.jsonl"), ids=lambda line: line[:24].decode("ascii", "replace"))
def test_a_bad_line_is_refused_or_harmless_and_never_crashes(line: bytes) -> None:
    try:
        told, words = WireReader("a").read(line), ""
    except (WireError, AgentError) as refusal:
        told, words = None, str(refusal)
    assert words.isprintable()
    assert told is None or isinstance(told, Numbers | Complaint | AgentEvent)
    assert not isinstance(told, AgentEvent) or told.words.isprintable()
