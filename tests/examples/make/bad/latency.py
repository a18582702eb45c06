"""Models that are too slow."""

from __future__ import annotations

from pathlib import Path

from examples.make.model import PLAIN, model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "latency/limit-dropped",
        verdict="fail",
        says="the limit is 1e-05",
        base=model(more="  latency: {p95_ms: 0.00001}\n", version=1),
        candidate=PLAIN,
    )
    write(
        bad / "latency/too-slow",
        verdict="fail",
        says="the limit is 1e-05",
        candidate=model(more="  latency: {p95_ms: 0.00001}\n"),
    )
