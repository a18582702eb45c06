"""Columns that do not hold what is declared of them."""

from __future__ import annotations

from pathlib import Path

from examples.make.model import declared, model
from examples.make.tables import EVALUATION
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    first = "evaluation.csv: row 1 of column"
    for case, rules, says in (
        ("out-of-range", declared(size="{range: [-9, 0]}"), f"{first} 'size' holds 0.19, outside of -9 to 0"),
        ("other-type", declared(age="{dtype: int64}"), "reference.csv: row 1 of column 'age' holds 0.82"),
        ("new-category", declared(site="{categories: [b]}"), f"{first} 'site' holds 'a', none of its 1 cat"),
        ("not-unique", declared(site="{unique: true}"), f"{first} 'site' holds 'a', as row 1 of reference"),
        ("no-column", declared(sise="{dtype: float32}"), "evaluation.csv: has no column 'sise'"),
    ):
        write(bad / "data-columns" / case, verdict="fail", says=says, candidate=model(data=rules))
    empty = EVALUATION.replace(b"0.19,", b",", 1)
    write(
        bad / "data-columns/missing-value",
        verdict="fail",
        says="evaluation.csv: column 'size' has no value in 1 of 400 rows (0.250%), first in row 1",
        candidate=model(evaluation=empty, data=declared(size="{null_share: 0.001}")),
    )
    days = b"".join(
        line + (b",day\n" if number == 0 else b",2025-10-01\n")
        for number, line in enumerate(EVALUATION.splitlines())
    )
    write(
        bad / "data-columns/stale",
        verdict="fail",
        says="evaluation.csv: column 'day' ends with 2025-10-01 in row 1, and is older than 90d",
        candidate=model(evaluation=days, data=declared(day="{dtype: datetime, max_age: 90d}")),
    )
