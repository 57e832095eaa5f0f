"""Counters become rates, buckets become percentiles, in the names of real servers."""

import pytest

from clawtui_agent.dialects import DIALECTS, detect
from clawtui_agent.page import Page
from clawtui_agent.reading import Value
from clawtui_agent.window import NAMES, NOT_OFFERED, Window, percentile

INF = float("inf")


def fastapi(count: int, errors: int = 0, slow: int = 0, prefix: str = "http") -> bytes:
    """As prometheus-fastapi-instrumentator writes it; `slow` of the requests took between 0.5 and 1 s."""
    fast = count - slow
    buckets = {"0.1": fast // 2, "0.5": fast, "1": count, "+Inf": count}
    lines = [
        f'{prefix}_requests_total{{handler="/generate",method="POST",status="2xx"}} {count - errors}.0',
        f'{prefix}_requests_total{{handler="/generate",method="POST",status="5xx"}} {errors}.0',
        f'{prefix}_requests_total{{handler="/metrics",method="GET",status="2xx"}} {count * 50}.0',
        *(
            f'{prefix}_request_duration_seconds_bucket{{handler="/generate",le="{le}"}} {n}.0'
            for le, n in buckets.items()
        ),
        f'{prefix}_request_duration_seconds_bucket{{handler="/metrics",le="+Inf"}} 1e6',
        f'{prefix}_request_duration_seconds_count{{handler="/generate"}} {count}.0',
        f'{prefix}_requests_inprogress{{handler="/generate"}} 4.0',
    ]
    return "\n".join(lines).encode() + b"\n"


def values(pages: list[bytes], step_s: float = 5.0) -> dict[str, Value]:
    page = Page(pages[0])
    dialect = detect(page)
    assert dialect is not None
    window = Window(dialect)
    clock = 0.0
    for text in pages:
        clock += step_s
        window.take(Page(text), clock)
    return dict(zip([name for name, _ in NAMES], window.values(clock), strict=True))


def test_fastapi_pages_give_rates_errors_and_latency() -> None:
    found = values([fastapi(1000), fastapi(1100, errors=10, slow=10)])
    assert found["requests.rate"] == 20.0
    assert found["errors.rate"] == 2.0
    assert found["errors.ratio"] == 0.1
    assert found["latency.le.500"] == 18.0
    assert found["latency.le.inf"] == 20.0
    assert found["latency.p95"] == pytest.approx(0.5 + 0.5 * 5 / 10)
    assert found["inflight"] == 4.0


def test_an_edge_that_the_source_lacks_is_null_and_says_so() -> None:
    found = values([fastapi(1000), fastapi(1100)])
    assert found["latency.le.250"] == found["latency.le.2500"] == "no such bucket edge"


def test_under_ten_requests_there_is_no_percentile() -> None:
    found = values([fastapi(1000), fastapi(1009)])
    assert found["latency.p50"] is None
    assert found["requests.rate"] == 1.8


def test_no_requests_is_no_ratio_of_errors() -> None:
    found = values([fastapi(1000), fastapi(1000)])
    assert found["errors.ratio"] is None
    assert found["requests.rate"] == 0.0


def test_a_restarted_server_counts_as_nothing_and_never_below() -> None:
    found = values([fastapi(1000, errors=100), fastapi(3)])
    assert found["requests.rate"] == 0.0
    assert found["errors.rate"] == 0.0


def test_after_a_long_silence_the_base_is_set_anew() -> None:
    found = values([fastapi(1000), fastapi(90_000)], step_s=300.0)
    assert found["requests.rate"] is None


def test_percentiles_look_back_a_minute_and_no_further() -> None:
    quick = [fastapi(1000 + 100 * i) for i in range(3)]
    slow = [fastapi(1200 + 100 * i, slow=100 * i) for i in range(1, 14)]
    assert values([*quick, *slow])["latency.p50"] == pytest.approx(0.75)


def test_vllm_pages_measure_the_first_token_and_keep_the_whole_apart() -> None:
    def vllm(count: int) -> bytes:
        labels = 'engine="0",model_name="org/model"'
        first, whole = "vllm:time_to_first_token_seconds", "vllm:e2e_request_latency_seconds"
        lines = [
            f"vllm:num_requests_running{{{labels}}} 7.0",
            f"vllm:num_requests_waiting{{{labels}}} 2.0",
            f"vllm:generation_tokens_total{{{labels}}} {count * 40}.0",
            f'vllm:request_success_total{{{labels},finished_reason="stop"}} {count}.0',
            *(f'{first}_bucket{{{labels},le="{le}"}} {count}.0' for le in ("0.25", "0.5", "+Inf")),
            *(f'{whole}_bucket{{{labels},le="{le}"}} {n}.0' for le, n in (("2.5", 0), ("5.0", count), ("+Inf", count))),
        ]
        return "\n".join(lines).encode()

    dialect = detect(Page(vllm(1)))
    assert dialect is not None
    assert (dialect.name, dialect.latency_is) == ("vllm", "first token")
    found = values([vllm(100), vllm(200)])
    assert found["latency.p95"] == pytest.approx(0.2375)
    assert found["e2e.p95"] == pytest.approx(4.875)
    assert found["tokens.rate"] == 800.0
    assert (found["inflight"], found["queue"]) == (7.0, 2.0)
    assert found["errors.ratio"] == NOT_OFFERED, "the engine counts no failures: green would be a lie"


def test_vllm_takes_its_errors_from_the_http_front_where_there_is_one() -> None:
    def both(count: int, errors: int) -> bytes:
        return fastapi(count, errors) + b'vllm:num_requests_running{engine="0"} 1.0\n'

    found = values([both(100, 0), both(200, 20)])
    assert found["errors.ratio"] == 0.2


def test_starlette_exporter_is_known() -> None:
    page = fastapi(5, prefix="starlette").replace(b"status=", b"status_code=").replace(b'"5xx"', b'"503"')
    dialect = detect(Page(page))
    assert dialect is not None
    assert dialect.name == "starlette_exporter"


def test_unknown_pages_are_unknown() -> None:
    assert detect(Page(b"strange 1\nhttp_request_duration_highr_seconds_count_of_something 3\n")) is None
    assert detect(Page(b"")) is None


def test_every_dialect_is_found_by_its_own_mark() -> None:
    for dialect in DIALECTS:
        for mark in dialect.marks:
            assert detect(Page(f"{mark} 1\n".encode())) is dialect


def test_lines_that_make_no_sense_are_passed_over() -> None:
    page = Page(b'a{x="}"} 1\na{x="\\"q"} 2 1234567\na{broken\na nonsense\na{y="z"} NaN\nab 7\na 4\n#a 9\na')
    assert [value for _, value in page.samples("a")] == [1.0, 2.0, 4.0]
    assert next(iter(page.samples("a")))[0] == {"x": "}"}


def test_percentiles_are_interpolated_as_prometheus_does_it() -> None:
    buckets = {0.1: 50.0, 0.5: 90.0, 1.0: 99.0, INF: 100.0}
    assert percentile(buckets, 0.5) == pytest.approx(0.1)
    assert percentile(buckets, 0.95) == pytest.approx(0.5 + 0.5 * 5 / 9)
    assert percentile(buckets, 0.999) == 1.0, "beyond the last finite edge that edge is the answer"
    assert percentile({}, 0.5) is None
