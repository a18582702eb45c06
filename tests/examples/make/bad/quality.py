"""Models that are not good enough."""

from __future__ import annotations

from pathlib import Path

from examples.make.graphs import graph
from examples.make.model import BEFORE, BY_SITE, PLAIN, RULES, model
from examples.make.tables import EVALUATION, flipped, rows, rows_with_site_shift
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "quality/worse",
        verdict="fail",
        says="roc_auc not worse than production",
        production=BEFORE,
        candidate=model(graph((-1.5, 1.0, -0.5)), quality=RULES),
    )
    one_site = rows_with_site_shift()
    write(
        bad / "quality/one-segment",
        verdict="fail",
        says="site b",
        production=model(evaluation=one_site, version=1),
        candidate=model(graph((0.3, -1.0, 0.5)), evaluation=one_site, quality=BY_SITE),
    )
    write(
        bad / "quality/rule-of-the-base",
        verdict="fail",
        says="roc_auc at least 0.7: 0.",
        base=BEFORE,
        candidate=model(graph((-1.5, 1.0, -0.5)), quality="    - {metric: roc_auc, at_least: 0.01}"),
    )
    write(
        bad / "quality/rows-of-the-base",
        verdict="fail",
        says="on the base's rows",
        base=BEFORE,
        candidate=model(graph((-1.5, 1.0, -0.5)), evaluation=flipped(EVALUATION)),
    )
    write(
        bad / "quality/rows-without-a-column",
        verdict="inconclusive",
        says="it cannot be judged on production's rows",
        production=model(
            evaluation=rows(3, 400).replace(b"hour", b"minute", 1),
            version=1,
        ),
        base=model(evaluation=rows(3, 400).replace(b"hour", b"minute", 1), version=1),
        candidate=PLAIN,
    )
    write(
        bad / "quality/no-number",
        verdict="fail",
        says="not a finite number",
        candidate=model(graph((float("nan"), 0, 0))),
    )
