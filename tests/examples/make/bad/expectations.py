"""Single answers that are not what the owner expects."""

from __future__ import annotations

from pathlib import Path

from examples.make.graphs import graph
from examples.make.model import OLDER, ROW, expecting, model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    for case, kind, text, says in (
        (
            "golden",
            "golden",
            f"{{name: nothing known, inputs: {ROW}, expect: {{probability: 0.6}}}}",
            "known answer 'nothing known': holds on 0 of 1 rows; its row: probability is 0.5, expected 0.6",
        ),
        (
            "invariant",
            "invariant",
            "{name: an hour, change: {column: hour, add: 1}, rows: 20, tolerance: 0.01}",
            "row 1 of evaluation.csv: with hour +1 the score",
        ),
        (
            "directional",
            "directional",
            "{name: age, change: {column: age, add: 1}, score: rises}",
            "row 1 of evaluation.csv: from age as it is to age +1 the score goes from ",
        ),
        (
            "must-answer",
            "must_answer",
            "{name: no size, change: {column: size, to: [null]}}",
            "row 1 of evaluation.csv with size = missing: probability is not finite, expected finite numbers",
        ),
        (
            "missing-file",
            "golden",
            "{name: known, file: tests/golden.csv}",
            "tests/golden.csv is not there",
        ),
    ):
        write(
            bad / "expectations" / case,
            verdict="fail",
            says=says,
            candidate=model(more=expecting(kind, text)),
        )
    write(
        bad / "expectations/dropped",
        verdict="fail",
        says="(the base's expectation)",
        base=model(more=expecting("directional", OLDER), version=1),
        candidate=model(graph((1.5, 1.0, 0.5))),
    )
    write(
        bad / "spec-valid/change-of-an-unknown-column",
        verdict="fail",
        says="the model takes no column 'aeg'",
        candidate=model(more=expecting("directional", OLDER.replace("column: age", "column: aeg"))),
    )
