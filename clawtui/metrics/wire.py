"""The agent's lines, parsed once (tests/wire/README.md, protocol 1). What an agent says is hostile until it has passed here."""

from typing import NoReturn

import msgspec

from clawtui.clean import clean
from clawtui.errors import AgentError, WireError
from clawtui.metrics.line import AgentEvent, Chunk, Complaint, Heard, Line, Numbers, Pong, Reloaded, Top
from clawtui.metrics.sample import Column, Hello, Key, Process, RingInfo, ServiceInfo

PROTOCOL = 1
COLUMNS_MOST = 4096
WORD = 256
# characters of a name or a reason that are kept
TIME_MOST = 1e11


class _Service(msgspec.Struct):
    name: str
    latency_is: str = ""
    edges_ms: tuple[float, ...] = ()
    missing: str = ""


class _Ring(msgspec.Struct):
    tier: str
    step: int
    slots: int
    first: float = 0.0


class _Hello(msgspec.Struct):
    host: str
    clock: float
    columns: tuple[tuple[str, str, str, float, str], ...]
    protocol: int = PROTOCOL
    rev: int = 1
    agent: str = ""
    digest: str = ""
    fqdn: str = ""
    machine_id: str = ""
    boot_id: str = ""
    pid: int = 0
    scope: str = "machine"
    allotment: dict[str, float] = {}
    python: str = ""
    addresses: tuple[str, ...] = ()
    services: tuple[_Service, ...] = ()
    rings: tuple[_Ring, ...] = ()


class _Event(msgspec.Struct):
    at: float
    what: str
    scope: str = ""
    words: str = ""


class _Pong(msgspec.Struct):
    id: int
    clock: float


class _Range(msgspec.Struct):
    id: int
    tier: str
    step: float
    from_: float = msgspec.field(name="from")
    columns: tuple[tuple[str, str], ...] = ()
    low: tuple[tuple[float | None, ...], ...] = ()
    mean: tuple[tuple[float | None, ...], ...] = ()
    high: tuple[tuple[float | None, ...], ...] = ()
    more: bool = False
    note: str = ""


class _Top(msgspec.Struct):
    id: int
    at: float
    processes: tuple[tuple[int, str, str, float, int, str], ...] = ()
    note: str = ""


class _Reloaded(msgspec.Struct):
    id: int


class _Error(msgspec.Struct):
    id: int | None = None
    words: str = ""


_ABSENT = msgspec.Raw()


class _Object(msgspec.Struct):
    hello: msgspec.Raw = _ABSENT
    event: _Event | None = None
    pong: _Pong | None = None
    range: _Range | None = None
    top: _Top | None = None
    reloaded: _Reloaded | None = None
    error: _Error | None = None


class _Version(msgspec.Struct):
    protocol: int


class WireReader:
    """Parses the lines of one host; holds only decoders."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._numbers = msgspec.json.Decoder(list[float | None])
        self._object = msgspec.json.Decoder(_Object)
        self._hello = msgspec.json.Decoder(_Hello)
        self._version = msgspec.json.Decoder(_Version)

    def read(self, line: bytes) -> Line:
        """What one line says; None for an object that a newer agent may send and this reader does not know.

        Raises WireError for a line that does not parse and AgentError for another protocol.
        """
        try:
            if line[:1] == b"[":
                return self._sample(line)
            found = self._object.decode(line)
            if bytes(found.hello):
                return self._greeting(found.hello)
        except (ValueError, RecursionError) as failure:  # msgspec's errors and broken UTF-8 are ValueErrors
            self._refuse(line, str(failure), failure)
        return self._answer(line, found)

    def _sample(self, line: bytes) -> Numbers:
        numbers = self._numbers.decode(line)
        rev, at = (numbers[0], numbers[1]) if len(numbers) >= 2 else (None, None)
        if rev is None or at is None or not 0 < at < TIME_MOST or rev < 0 or rev % 1:
            raise ValueError("a sample begins with rev and time")
        return Numbers(int(rev), at, tuple(numbers[2:]))

    def _greeting(self, raw: msgspec.Raw) -> Heard:
        spoken = self._version.decode(raw).protocol
        if spoken > PROTOCOL:
            raise AgentError(
                self.host,
                f"its agent speaks protocol {spoken}, this clawtui reads up to {PROTOCOL}: upgrade clawtui here",
            )
        if spoken < max(1, PROTOCOL - 1):
            raise AgentError(
                self.host, f"its agent speaks protocol {spoken}, too old: clawtui agent upgrade {self.host}"
            )
        hello = self._hello.decode(raw)
        if len(hello.columns) > COLUMNS_MOST or not 0 < hello.clock < TIME_MOST:
            raise ValueError(f"more than {COLUMNS_MOST} columns, or no time in `clock`")
        return Heard(hello.rev, _parsed(hello))

    def _answer(self, line: bytes, found: _Object) -> Line:
        if (event := found.event) is not None:
            return AgentEvent(event.at, _word(event.what), _word(event.scope), clean(event.words, limit=1024))
        if (pong := found.pong) is not None:
            return Pong(pong.id, pong.clock)
        if found.range is not None:
            return self._chunk(line, found.range)
        if (top := found.top) is not None:
            rows = tuple(Process(*row) for row in top.processes)
            return Top(top.id, top.at, rows, _word(top.note))
        if found.reloaded is not None:
            return Reloaded(found.reloaded.id)
        if found.error is not None:
            return Complaint(found.error.id, _word(found.error.words))
        return None

    def _chunk(self, line: bytes, part: _Range) -> Chunk:
        keys = tuple(Key(_word(scope), _word(name)) for scope, name in part.columns)
        low, high = part.low or part.mean, part.high or part.mean
        lengths = {len(values) for values in (*low, *part.mean, *high)}
        if not len(keys) == len(part.mean) == len(low) == len(high) or len(lengths) > 1:
            self._refuse(line, "range: lists of different lengths")
        if part.step <= 0 or not 0 <= part.from_ < TIME_MOST:
            self._refuse(line, "range: no step, or no time")
        note = _word(part.note)
        return Chunk(part.id, _word(part.tier), part.step, part.from_, keys, low, part.mean, high, part.more, note)

    def _refuse(self, line: bytes, reason: str, cause: BaseException | None = None) -> NoReturn:
        start = clean(line[:60].decode("utf-8", "replace"), limit=60)
        raise WireError(
            f"{self.host}: a line from its agent does not parse ({clean(reason, limit=200)}): {start}"
        ) from cause


def request(name: str, **fields: object) -> bytes:
    """One line to the agent; `from_` is written as `from`."""
    return msgspec.json.encode({name: {key.rstrip("_"): value for key, value in fields.items()}})


def _word(text: str) -> str:
    return clean(text, limit=WORD)


def _parsed(hello: _Hello) -> Hello:
    return Hello(
        protocol=hello.protocol,
        agent=_word(hello.agent),
        host=_word(hello.host),
        fqdn=_word(hello.fqdn),
        machine_id=_word(hello.machine_id),
        boot_id=_word(hello.boot_id),
        pid=hello.pid,
        clock=hello.clock,
        scope=_word(hello.scope),
        allotment={_word(key): value for key, value in list(hello.allotment.items())[:16]},
        python=_word(hello.python),
        digest=_word(hello.digest),
        addresses=tuple(_word(address) for address in hello.addresses[:64]),
        columns=tuple(
            Column(Key(_word(scope), _word(name)), _word(unit), min(max(period, 0.1), 3600.0), _word(missing))
            for scope, name, unit, period, missing in hello.columns
        ),
        services=tuple(
            ServiceInfo(_word(service.name), _word(service.latency_is), service.edges_ms[:64], _word(service.missing))
            for service in hello.services[:256]
        ),
        rings=tuple(RingInfo(_word(ring.tier), ring.step, ring.slots, ring.first) for ring in hello.rings[:8]),
    )
