"""What servers call their metrics. One entry a kind of server; the first whose mark is on the page is taken."""

from __future__ import annotations

from typing import NamedTuple

from clawtui_agent.page import Page

REQUEST = "request"
FIRST_TOKEN = "first token"  # noqa: S105 - what latency measures, not a secret


NO_TRAFFIC = ("/metrics", "/health", "/healthz", "/ping", "/v1/models")  # our own scrapes, and probes


class Dialect(NamedTuple):
    """Where the canonical numbers stand on one kind of page; empty means that the server does not offer it."""

    name: str
    mark: str  # sample name that gives it away
    latency_is: str
    histogram: str  # family of latency.*, without _bucket
    requests: tuple[str, ...]  # counters, the first that is present
    status: tuple[str, ...] = ()  # labels that may hold the HTTP status: "5xx" or "503"
    failures: tuple[str, ...] = ()  # counters of failed requests where there is no status
    whole: str = ""  # family of e2e.p95
    tokens: tuple[str, ...] = ()  # counters of produced tokens
    inflight: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="vllm",
        mark="vllm:num_requests_running",
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
        # prometheus-fastapi-instrumentator: two histograms, the fine one (highr) has no labels
        name="fastapi instrumentator",
        mark="http_request_duration_highr_seconds_count",
        latency_is=REQUEST,
        histogram="http_request_duration_highr_seconds",
        requests=("http_requests_total", "http_request_duration_highr_seconds_count"),
        status=("status",),
        inflight=("http_requests_inprogress",),
    ),
    Dialect(
        # the same without its fine histogram, and everything else that follows Prometheus' advice on names
        name="http",
        mark="http_request_duration_seconds_count",
        latency_is=REQUEST,
        histogram="http_request_duration_seconds",
        requests=("http_requests_total", "http_request_duration_seconds_count"),
        status=("status", "code", "status_code"),
        inflight=("http_requests_inprogress", "http_requests_in_progress"),
    ),
    Dialect(
        name="starlette_exporter",
        mark="starlette_request_duration_seconds_count",
        latency_is=REQUEST,
        histogram="starlette_request_duration_seconds",
        requests=("starlette_requests_total", "starlette_request_duration_seconds_count"),
        status=("status_code",),
        inflight=("starlette_requests_in_progress",),
    ),
)


def traffic(labels: dict[str, str]) -> bool:
    """Does a sample count requests that somebody wanted answered?"""
    return labels.get("handler", labels.get("path", "")) not in NO_TRAFFIC


def detect(page: Page) -> Dialect | None:
    """Which server wrote this page."""
    return next((dialect for dialect in DIALECTS if page.has(dialect.mark)), None)
