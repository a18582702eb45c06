"""Bucket bounds of the histograms that gateways, the router and the server count in, and the gate reads.

The gate counts at bucket bounds alone, so whoever observes a request and whoever judges it need the same.
"""

from __future__ import annotations

from typing import Literal, get_args

LatencyBound = Literal[5, 10, 20, 50, 100, 200, 500, 1000, 2000]
"""Milliseconds that `slow_requests` may be given: every gateway's histogram has these bounds."""

LATENCY_MS: tuple[int, ...] = get_args(LatencyBound)
"""The same as data."""

LATENCY_SECONDS = (0.001, 0.002, *(bound / 1000 for bound in LATENCY_MS))
"""Bounds of our own histograms, inclusive, in seconds: those of the gate, and two below them."""

DIFFERENCES = (0.0, 1e-6, 1e-5, 1e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""What `shadow` may be given as the largest difference of two numbers in a pair of answers, inclusive.

Whoever compares answers counts the pairs within each.
"""

SCORE_BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Bounds of the score histogram where model.yaml gives none; `score_drift` watches each of them."""
