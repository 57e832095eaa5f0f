"""What servers call their metrics. One entry a kind of server; the first whose mark is on the page is taken."""

from __future__ import annotations

from typing import NamedTuple

from clawtui_agent.page import Page

REQUEST = "request"
FIRST_TOKEN = "first token"  # noqa: S105 - what latency measures, not a secret
FIRST_RESPONSE = "first response"

PATHS = ("handler", "path", "endpoint", "route")  # labels that hold where a request went
NO_TRAFFIC = (  # our own scrapes, and probes
    *("/metrics", "/health", "/healthz", "/livez", "/readyz", "/ping", "/v1/models"),
    *("/-/healthz", "/-/routes"),
)


class Dialect(NamedTuple):
    """Where the canonical numbers stand on one kind of page; empty means that the server does not offer it."""

    name: str
    marks: tuple[str, ...]  # samples that give it away, any of them
    requests: tuple[str, ...]  # counters, the first that is present
    latency_is: str = REQUEST
    histogram: str = ""  # family of latency.*, without _bucket
    summary: str = ""  # family whose quantiles are latency.*, where there are no buckets
    unit: float = 1.0  # seconds in one of the units that the histogram or summary is written in
    no_latency: str = ""  # why there are neither buckets nor quantiles
    noise: str = ""  # family that tells by path what our own scrapes added to a histogram without paths
    more: tuple[str, ...] = ()  # counters to be added to the requests: those that failed are counted apart
    status: tuple[str, ...] = ()  # labels that may hold the HTTP status: "5xx" or "503"
    failures: tuple[str, ...] = ()  # counters of failed requests where there is no status
    failures_late: bool = False  # such a counter is on the page from the first failure on only
    whole: str = ""  # family of e2e.p95
    tokens: tuple[str, ...] = ()  # counters of produced tokens
    inflight: tuple[str, ...] = ()
    counts_us: bool = False  # the request for the page itself is among those in flight
    queue: tuple[str, ...] = ()
    refresh: float = 0.0  # seconds between two changes of the page, where the server writes it in steps


TRITON = Dialect(
    # a plain Triton counts time as a sum; buckets and quantiles have to be asked for when it is started
    name="triton",
    marks=("nv_inference_request_success",),
    requests=("nv_inference_request_success",),
    more=("nv_inference_request_failure",),
    failures=("nv_inference_request_failure",),
    queue=("nv_inference_pending_request_count",),
    no_latency="only a mean on this page: start Triton with --metrics-config summary_latencies=true",
)

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="vllm",
        marks=("vllm:num_requests_running",),
        latency_is=FIRST_TOKEN,
        histogram="vllm:time_to_first_token_seconds",
        # the engine counts no failures of its own; the HTTP front of the same process does, where it is mounted
        requests=("http_requests_total", "vllm:request_success_total", "vllm:e2e_request_latency_seconds_count"),
        status=("status",),
        whole="vllm:e2e_request_latency_seconds",
        tokens=("vllm:generation_tokens_total",),
        inflight=("vllm:num_requests_running",),
        queue=("vllm:num_requests_waiting",),
    ),
    Dialect(
        name="sglang",
        marks=("sglang:num_running_reqs",),
        latency_is=FIRST_TOKEN,
        histogram="sglang:time_to_first_token_seconds",
        requests=("sglang:num_requests_total", "sglang:e2e_request_latency_seconds_count"),
        failures=("sglang:num_aborted_requests_total",),
        whole="sglang:e2e_request_latency_seconds",
        tokens=("sglang:generation_tokens_total",),
        inflight=("sglang:num_running_reqs",),
        queue=("sglang:num_queue_reqs",),
    ),
    Dialect(
        # nothing on its page tells when the first token came: what latency measures here is the whole request
        name="tgi",
        marks=("tgi_request_count", "tgi_queue_size"),
        histogram="tgi_request_duration",
        requests=("tgi_request_count",),
        failures=("tgi_request_failure",),
        failures_late=True,
        whole="tgi_request_duration",
        tokens=("tgi_request_generated_tokens_sum",),
        inflight=("tgi_batch_current_size",),
        queue=("tgi_queue_size",),
    ),
    TRITON._replace(
        name="triton with summaries",
        marks=("nv_inference_request_summary_us_count",),
        summary="nv_inference_request_summary_us",
        unit=1e-6,
        no_latency="",
    ),
    TRITON._replace(
        name="triton with histograms",
        marks=("nv_inference_first_response_histogram_ms_count",),
        latency_is=FIRST_RESPONSE,
        histogram="nv_inference_first_response_histogram_ms",
        unit=1e-3,
        no_latency="",
    ),
    TRITON,
    Dialect(
        name="torchserve",
        marks=("ts_inference_requests_total",),
        requests=("ts_inference_requests_total",),
        failures=("Requests5XX",),
        no_latency="only a mean on this page: TorchServe counts response times as a sum",
    ),
    Dialect(
        name="bentoml",
        marks=("bentoml_service_request_total",),
        histogram="bentoml_service_request_duration_seconds",
        requests=("bentoml_service_request_total",),
        status=("http_response_code",),
        inflight=("bentoml_service_request_in_progress",),
    ),
    Dialect(
        # counters of older versions have no _total
        name="ray serve",
        marks=(
            "ray_serve_num_http_requests_total",
            "ray_serve_num_http_requests",
            "ray_serve_deployment_replica_healthy",
        ),
        histogram="ray_serve_http_request_latency_ms",
        unit=1e-3,
        requests=("ray_serve_num_http_requests_total", "ray_serve_num_http_requests"),
        status=("status_code",),
        inflight=("ray_serve_replica_processing_queries",),
        queue=("ray_serve_deployment_queued_queries",),
        refresh=10.0,
    ),
    Dialect(
        # prometheus-fastapi-instrumentator: two histograms, the fine one (highr) has no labels. LitServe is served by it too
        name="fastapi instrumentator",
        marks=("http_request_duration_highr_seconds_count",),
        histogram="http_request_duration_highr_seconds",
        noise="http_request_duration_seconds",
        requests=("http_requests_total", "http_request_duration_highr_seconds_count"),
        status=("status",),
        inflight=("http_requests_inprogress",),
        counts_us=True,
    ),
    Dialect(
        # the same without its fine histogram, and everything else that follows Prometheus' advice on names
        name="http",
        marks=("http_request_duration_seconds_count",),
        histogram="http_request_duration_seconds",
        requests=("http_requests_total", "http_request_duration_seconds_count"),
        status=("status", "code", "status_code"),
        inflight=("http_requests_inprogress", "http_requests_in_progress"),
        counts_us=True,
    ),
    Dialect(
        name="starlette_exporter",
        marks=("starlette_requests_total", "starlette_request_duration_seconds_count"),
        histogram="starlette_request_duration_seconds",
        requests=("starlette_requests_total", "starlette_request_duration_seconds_count"),
        status=("status_code",),
        inflight=("starlette_requests_in_progress",),
        counts_us=True,
    ),
)


def traffic(labels: dict[str, str]) -> bool:
    """Does a sample count requests that somebody wanted answered?"""
    return not any(labels.get(label) in NO_TRAFFIC for label in PATHS)


def placed(labels: dict[str, str]) -> bool:
    """Does a sample say where its requests went?"""
    return any(label in labels for label in PATHS)


def detect(page: Page) -> Dialect | None:
    """Which server wrote this page."""
    return next((dialect for dialect in DIALECTS if any(page.has(mark) for mark in dialect.marks)), None)
