"""Percentiles from cumulative buckets: exact at an edge, interpolated between two.

Percentiles are never averaged over hosts or services: their buckets are summed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Buckets:
    """How many took at most so long: `counts[i]` up to and with `edges[i]`; the last edge is infinity."""

    edges: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def total(self) -> float:
        """All of them."""
        return self.counts[-1] if self.counts else 0.0


def percentile(buckets: Buckets, share: float) -> float | None:
    """The value below which `share` (0 to 1) of all lie; None without any, or when it lies beyond the last finite edge."""
    wanted = share * buckets.total
    if buckets.total <= 0:
        return None
    below_edge, below_count = 0.0, 0.0
    for edge, count in zip(buckets.edges, buckets.counts, strict=True):
        if count >= wanted and count > below_count:
            if math.isinf(edge):
                return None
            return below_edge + (edge - below_edge) * max(0.0, wanted - below_count) / (count - below_count)
        below_edge, below_count = edge, count
    return None


def summed(many: Sequence[Buckets]) -> Buckets | None:
    """One histogram of several: only at edges that all of them have; None when they share none."""
    if not many:
        return None
    shared = set(many[0].edges).intersection(*(set(each.edges) for each in many[1:]))
    edges = tuple(sorted(shared))
    if not edges:
        return None
    counts = tuple(sum(each.counts[each.edges.index(edge)] for each in many) for edge in edges)
    return Buckets(edges, counts)


def exact(edges_ms: Sequence[float], limit_s: float) -> bool:
    """May a limit be judged without interpolation: is it an edge of the source?"""
    return any(math.isclose(edge, limit_s * 1000, rel_tol=1e-9) for edge in edges_ms)
