"""Every kind of server by its real page: the files of pages/ say in their first lines where each came from and when."""

from pathlib import Path

import pytest

from clawtui_agent.dialects import DIALECTS, detect
from clawtui_agent.page import Page
from clawtui_agent.reading import Value
from clawtui_agent.window import NAMES, NOT_OFFERED, QUANTILES_ONLY, Window

KINDS = {dialect.name: dialect for dialect in DIALECTS}
PAGES = Path(__file__).with_name("pages")

# name of the page: dialect, what latency is, 500 ms is an edge, and what five seconds brought (ten at Ray Serve)
CASES: dict[str, tuple[str, str, bool, dict[str, Value]]] = {
    "vllm": (
        *("vllm", "first token", True),
        {"requests.rate": 21.0, "errors.rate": 1.0, "latency.le.500": 18.0, "tokens.rate": 400.0, "queue": 2.0},
    ),
    "sglang": (
        *("sglang", "first token", True),
        {
            "requests.rate": 8.0,
            "errors.ratio": NOT_OFFERED,
            "latency.le.500": 8.0,
            "tokens.rate": 400.0,
            "inflight": 160.0,
        },
    ),
    "sglang-0.5": (
        *("sglang", "first token", False),
        {"requests.rate": 20.0, "errors.rate": 0.8, "latency.le.500": "no such bucket edge", "latency.le.1000": 20.0},
    ),
    "tgi": (
        *("tgi", "request", False),
        {
            "requests.rate": 24.0,
            "errors.rate": 2.0,
            "latency.le.500": "no such bucket edge",
            "tokens.rate": 880.0,
            "queue": 3.0,
        },
    ),
    "triton": (
        *("triton", "request", False),
        {"requests.rate": 22.0, "errors.ratio": 10 / 110, "latency.p95": KINDS["triton"].no_latency, "queue": 3.0},
    ),
    "triton-summaries": (
        *("triton with summaries", "request", False),
        {
            "errors.rate": 2.0,
            "latency.p50": 0.06,
            "latency.p95": 0.48,
            "latency.p99": 0.73,
            "latency.le.500": QUANTILES_ONLY,
        },
    ),
    "triton-first-response": (
        *("triton with histograms", "first response", True),
        {"requests.rate": 22.0, "latency.le.500": 18.0, "latency.le.inf": 20.0, "latency.p95": 1.25},
    ),
    "torchserve": (
        *("torchserve", "request", False),
        {
            "requests.rate": 10.0,
            "errors.rate": 0.4,
            "latency.p50": KINDS["torchserve"].no_latency,
            "inflight": NOT_OFFERED,
        },
    ),
    "bentoml": (
        *("bentoml", "request", True),
        {"requests.rate": 4.2, "errors.rate": 0.2, "latency.le.500": 4.2, "latency.le.inf": 4.2, "inflight": 0.0},
    ),
    "ray-serve": (
        *("ray serve", "request", True),
        {"requests.rate": 2.2, "errors.rate": 0.1, "latency.le.500": 2.1, "latency.le.inf": 2.2, "queue": 0.0},
    ),
    "fastapi-instrumentator": (
        *("fastapi instrumentator", "request", True),
        {"requests.rate": 4.2, "errors.rate": 0.2, "latency.le.500": 4.2, "latency.le.inf": 4.2, "inflight": 0.0},
    ),
    "openmetrics": (
        *("fastapi instrumentator", "request", True),
        {"requests.rate": 4.2, "errors.rate": 0.2, "latency.le.500": 4.2, "latency.le.inf": 4.2, "inflight": 0.0},
    ),
    "litserve": (
        *("fastapi instrumentator", "request", True),
        {
            "requests.rate": 4.4,
            "errors.rate": 0.2,
            "latency.le.500": 4.2,
            "latency.le.inf": 4.4,
            "inflight": NOT_OFFERED,
        },
    ),
    "starlette-exporter": (
        *("starlette_exporter", "request", True),
        {"requests.rate": 4.2, "errors.rate": 0.2, "latency.le.500": 4.2, "latency.le.inf": 4.2, "inflight": 0.0},
    ),
    "starlette-exporter-openmetrics": (
        *("starlette_exporter", "request", True),
        {"requests.rate": 4.2, "errors.rate": 0.2, "latency.le.500": 4.2, "latency.le.inf": 4.2, "inflight": 0.0},
    ),
}


def pages(name: str) -> tuple[bytes, bytes]:
    return (PAGES / f"{name}.1.txt").read_bytes(), (PAGES / f"{name}.2.txt").read_bytes()


def test_every_page_of_the_folder_is_read_and_says_where_it_came_from() -> None:
    assert {path.name.rpartition(".")[0].rpartition(".")[0] for path in PAGES.glob("*.txt")} == set(CASES)
    for path in PAGES.glob("*.txt"):
        assert "2026-11-24" in path.read_text().partition("\n")[0], path.name


@pytest.mark.parametrize("name", CASES)
def test_a_servers_own_page_gives_its_canonical_numbers(name: str) -> None:
    kind, latency_is, exact, expected = CASES[name]
    first, second = (Page(text) for text in pages(name))
    dialect = detect(first)
    assert dialect is not None
    assert (dialect.name, dialect.latency_is) == (kind, latency_is)
    window = Window(dialect)
    window.take(first, 100.0)
    clock = 105.0 + (5.0 if dialect.refresh else 0.0)
    window.take(second, clock)
    found = dict(zip([name for name, _ in NAMES], window.values(clock), strict=True))
    assert {key: found[key] for key in expected} == pytest.approx(expected)
    assert (500.0 in window.edges_ms) is exact


def test_every_dialect_has_a_page() -> None:
    kinds = {kind for kind, *_ in CASES.values()}
    assert {dialect.name for dialect in DIALECTS} - kinds == {"http"}, (
        "http is what is left of the instrumentator's page"
    )


def test_a_page_that_is_written_in_steps_is_no_traffic_in_bursts() -> None:
    first, second = (Page(text) for text in pages("ray-serve"))
    dialect = detect(first)
    assert dialect is not None
    window = Window(dialect)
    rates = []
    for clock, page in ((0, first), (5, first), (10, second), (15, second), (20, second), (30, second), (35, second)):
        window.take(page, float(clock))
        rates.append(window.values(float(clock))[0])
    assert rates == pytest.approx([None, None, 2.2, 2.2, 2.2, 0.0, 0.0])


def test_exemplars_are_not_taken_for_labels_or_values() -> None:
    page = Page(b'a_total{path="/x{y}"} 32.0 # {trace_id="4bf9",path="/metrics"} 1.0 1795536177.58\n# EOF\n')
    assert list(page.samples("a_total")) == [({"path": "/x{y}"}, 32.0)]


def test_openmetrics_names_a_counter_without_its_total() -> None:
    page = Page(b"# TYPE a counter\na_total 1\na_created 17\n# EOF\n")
    assert page.declares("a_total")
    assert not page.declares("a_created")
    assert page.total("a_total") == 1.0


def test_our_own_scrapes_are_neither_traffic_nor_in_flight() -> None:
    """A quiet server's fine histogram holds hardly anything but us."""
    own = b"""http_requests_total{handler="/metrics",method="GET",status="2xx"} %d
http_request_duration_highr_seconds_bucket{le="0.01"} %d
http_request_duration_highr_seconds_bucket{le="0.5"} %d
http_request_duration_highr_seconds_bucket{le="+Inf"} %d
http_request_duration_highr_seconds_count %d
http_request_duration_seconds_bucket{handler="/metrics",le="0.1",method="GET"} %d
http_request_duration_seconds_bucket{handler="/metrics",le="+Inf",method="GET"} %d
http_requests_inprogress 1.0
"""
    dialect = detect(Page(own % ((1,) * 7)))
    assert dialect is not None
    window = Window(dialect)
    for number in range(12):
        window.take(Page(own % ((1 + number,) * 7)), float(number))
    found = dict(zip([name for name, _ in NAMES], window.values(11.0), strict=True))
    assert (found["requests.rate"], found["latency.le.inf"], found["inflight"]) == (0.0, 0.0, 0.0)
    assert found["latency.p50"] is None
