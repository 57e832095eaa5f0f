"""A server with a real metrics page under a load of its own: `page_server.py fastapi|vllm|strange [requests a second [port]]`."""

from __future__ import annotations

import bisect
import http.server
import random
import sys
import threading
import time

EDGES = {
    "fastapi": [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    "vllm": [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
}


class Load:
    """Counts requests that nobody made, with response times that look like some."""

    def __init__(self, edges: list[float], each_second: float) -> None:
        self.edges = edges
        self.each_second = each_second
        self.buckets = [0] * (len(edges) + 1)
        self.requests = self.errors = 0

    def run(self) -> None:
        dice = random.Random(7)
        started = time.monotonic()
        while True:
            time.sleep(0.02)
            while self.requests < (time.monotonic() - started) * self.each_second:
                self.requests += 1
                self.errors += dice.random() < 0.03
                self.buckets[bisect.bisect_left(self.edges, dice.expovariate(10.0))] += 1

    def histogram(self, family: str, labels: str) -> list[str]:
        count, lines = 0, [f"# TYPE {family} histogram"]
        for edge, more in zip([*self.edges, "+Inf"], self.buckets, strict=True):
            count += more
            lines.append(f'{family}_bucket{{{labels}le="{edge}"}} {count}.0')
        return [
            *lines,
            f"{family}_count{{{labels.rstrip(',')}}} {count}.0",
            f"{family}_sum{{{labels.rstrip(',')}}} {count / 10}",
        ]

    def http(self) -> list[str]:
        route = 'handler="/v1/completions",method="POST"'
        return [
            "# TYPE http_requests_total counter",
            f'http_requests_total{{{route},status="2xx"}} {self.requests - self.errors}.0',
            f'http_requests_total{{{route},status="5xx"}} {self.errors}.0',
            'http_requests_total{handler="/metrics",method="GET",status="2xx"} 99999.0',
        ]


def page(kind: str, load: Load) -> bytes:
    if kind == "fastapi":
        lines = [
            *load.http(),
            *load.histogram("http_request_duration_seconds", 'handler="/v1/completions",method="POST",'),
        ]
    elif kind == "vllm":
        labels = 'engine="0",model_name="org/model",'
        lines = [
            *load.http(),
            'vllm:num_requests_running{engine="0",model_name="org/model"} 3.0',
            'vllm:num_requests_waiting{engine="0",model_name="org/model"} 1.0',
            f'vllm:generation_tokens_total{{engine="0",model_name="org/model"}} {load.requests * 40}.0',
            f'vllm:request_success_total{{engine="0",finished_reason="stop",model_name="org/model"}} {load.requests}.0',
            *load.histogram("vllm:time_to_first_token_seconds", labels),
            *load.histogram("vllm:e2e_request_latency_seconds", labels),
        ]
    else:
        lines = ["strange_metric 1", 'another{x="}"} NaN']
    return "\n".join(lines).encode() + b"\n"


def main() -> None:
    kind = sys.argv[1]
    load = Load(EDGES.get(kind, [1.0]), float(sys.argv[2]) if len(sys.argv) > 2 else 100.0)
    threading.Thread(target=load.run, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            body = page(kind, load)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
