"""Scores that no drift would show in."""

from __future__ import annotations

from pathlib import Path

from examples.make.model import model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "score-edges/edges-above-every-score",
        verdict="fail",
        says="none of 2 edges splits the reference's scores",
        candidate=model(score="probability, edges: [1.5, 2.5]"),
    )
    write(
        bad / "spec-valid/score-of-two-numbers",
        verdict="fail",
        says="the score is one number a row, and 'both' has 2",
        candidate=model(
            score="both",
            outputs="{name: probability, dtype: float32, shape: [batch]}, "
            "{name: both, dtype: float32, shape: [batch, 2]}",
        ),
    )
