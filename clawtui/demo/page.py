"""The metrics page of the demo's model server: names, labels and bucket edges of a FastAPI instrumentator."""

from bisect import bisect_left
from collections import Counter
from itertools import accumulate

# fmt: off
FINE = (0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 7.5, 10.0, 30.0, 60.0)
COARSE = (0.1, 0.5, 1.0)
# fmt: on


class Histogram:
    """Counts by upper edge, as Prometheus means them."""

    def __init__(self, edges: tuple[float, ...]) -> None:
        self._edges = edges
        self._counts = [0] * (len(edges) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """One answer."""
        self._counts[bisect_left(self._edges, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, labels: str = "") -> list[str]:
        """Its lines of the page; `labels` without braces."""
        comma, braces = f"{labels}," if labels else "", f"{{{labels}}}" if labels else ""
        edges = [*(str(edge) for edge in self._edges), "+Inf"]
        totals = list(accumulate(self._counts))
        buckets = [f'{name}_bucket{{{comma}le="{e}"}} {float(n)}' for e, n in zip(edges, totals, strict=True)]
        return [*buckets, f"{name}_count{braces} {float(totals[-1])}", f"{name}_sum{braces} {self._sum}"]


class Page:
    """What the model server has counted since it began."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._fine = Histogram(FINE)
        self._coarse: dict[tuple[str, str], Histogram] = {}
        self.inflight = 0

    def count(self, handler: str, method: str, status: int, seconds: float) -> None:
        """One answered request."""
        self._requests[handler, method, f"{status // 100}xx"] += 1
        self._fine.add(seconds)
        self._coarse.setdefault((handler, method), Histogram(COARSE)).add(seconds)

    def text(self) -> str:
        """The page."""
        total, fine, coarse = (
            "http_requests_total",
            "http_request_duration_highr_seconds",
            "http_request_duration_seconds",
        )
        lines = [f"# HELP {total} Total number of requests by method, status and handler.", f"# TYPE {total} counter"]
        for (handler, method, status), n in sorted(self._requests.items()):
            lines.append(f'{total}{{handler="{handler}",method="{method}",status="{status}"}} {float(n)}')
        lines += [f"# HELP {fine} Latency with many buckets but no API specific labels.", f"# TYPE {fine} histogram"]
        lines += self._fine.lines(fine)
        lines += [f"# HELP {coarse} Latency with only few buckets by handler.", f"# TYPE {coarse} histogram"]
        for (handler, method), histogram in sorted(self._coarse.items()):
            lines += histogram.lines(coarse, f'handler="{handler}",method="{method}"')
        lines += [
            "# HELP http_requests_inprogress Number of HTTP requests in progress.",
            "# TYPE http_requests_inprogress gauge",
            f"http_requests_inprogress {float(self.inflight)}",
        ]
        return "\n".join(lines) + "\n"
