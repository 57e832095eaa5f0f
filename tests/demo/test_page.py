"""The demo's metrics page is what the agent reads on real model servers."""

from clawtui.demo.page import FINE, Histogram, Page
from clawtui_agent.dialects import detect
from clawtui_agent.page import Page as Read


def test_buckets_are_cumulative_and_an_edge_belongs_to_its_bucket() -> None:
    histogram = Histogram((0.1, 0.5))
    for seconds in (0.1, 0.2, 0.5, 3.0):
        histogram.add(seconds)
    lines = histogram.lines("h", 'handler="/x"')
    assert lines[:3] == [
        'h_bucket{handler="/x",le="0.1"} 1.0',
        'h_bucket{handler="/x",le="0.5"} 3.0',
        'h_bucket{handler="/x",le="+Inf"} 4.0',
    ]
    assert lines[3] == 'h_count{handler="/x"} 4.0'


def test_500_ms_is_an_edge_so_that_the_shipped_rule_is_exact() -> None:
    assert 0.5 in FINE


def test_the_agent_takes_it_for_a_fastapi_instrumentator() -> None:
    page = Page()
    page.count("/generate", "POST", 200, 0.2)
    page.count("/generate", "POST", 500, 0.3)
    read = Read(page.text().encode())
    found = detect(read)
    assert found
    assert (found.name, found.latency_is) == ("fastapi instrumentator", "request")
    assert sorted((labels["status"], n) for labels, n in read.samples("http_requests_total")) == [
        ("2xx", 1),
        ("5xx", 1),
    ]
    assert read.total(f"{found.histogram}_count") == 2
