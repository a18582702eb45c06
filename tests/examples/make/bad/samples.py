"""Tables that nothing can be judged on."""

from __future__ import annotations

from pathlib import Path

from examples.make.model import model
from examples.make.tables import EVALUATION, REFERENCE, relabelled, rows, with_first_hour
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "data-integrity/trained-on",
        verdict="fail",
        says="rows of the reference",
        candidate=model(evaluation=REFERENCE),
    )
    lines = EVALUATION.splitlines(keepends=True)
    write(
        bad / "data-integrity/copied-rows",
        verdict="fail",
        says="rows that copy another of it, of at most 5.0%",
        candidate=model(evaluation=EVALUATION + b"".join(lines[1:41])),
    )
    other = b"".join(line.replace(b",0,", b",1,") for line in lines[1:41])
    write(
        bad / "data-integrity/other-labels",
        verdict="fail",
        says="rows with equal inputs, other labels, of at most 1.0%",
        candidate=model(evaluation=EVALUATION + other),
    )
    write(
        bad / "data-integrity/new-category",
        verdict="fail",
        says="has new categories of column site in 200 rows, of at most ",
        candidate=model(evaluation=EVALUATION.replace(b",b\n", b",c\n")),
    )
    mail = EVALUATION.replace(b"\n", b",mail\n", 1).replace(b",a\n", b",a,someone@example.com\n")
    write(
        bad / "data-privacy/address",
        verdict="fail",
        says="column 'mail' holds an e-mail address in 200 values",
        candidate=model(evaluation=mail),
    )
    write(
        bad / "target-leakage/a-copy",
        verdict="fail",
        says="column 'hour' alone tells 'late': 1.000, of at most 0.99",
        candidate=model(reference=rows(1, 100, told=True), evaluation=rows(2, 400, told=True)),
    )
    write(
        bad / "data-integrity/no-column",
        verdict="fail",
        says="has no column hour",
        candidate=model(evaluation=EVALUATION.replace(b"hour", b"minute", 1)),
    )
    write(
        bad / "data-integrity/one-label",
        verdict="fail",
        says="evaluation.csv has one label in every row, 1",
        candidate=model(evaluation=EVALUATION.replace(b",0,a", b",1,a").replace(b",0,b", b",1,b")),
    )
    write(
        bad / "data-integrity/one-row",
        verdict="fail",
        says="evaluation.csv has 1 rows, of at least 10",
        candidate=model(evaluation=b"".join(EVALUATION.splitlines(keepends=True)[:2])),
    )
    write(
        bad / "data-integrity/value-that-does-not-fit",
        verdict="fail",
        says="evaluation.csv: row 1 of column 'hour' holds 1e+40, which does not fit float32; 1 such rows",
        candidate=model(evaluation=with_first_hour(EVALUATION, b"1e40")),
    )
    write(
        bad / "deepchecks-conditions/correlation",
        verdict="fail",
        says="of the label in the evaluation rows than in the reference",
        candidate=model(more="  deepchecks: {correlation_change: 0.00001}\n"),
    )
    write(
        bad / "deepchecks-conditions/weak-segment",
        verdict="fail",
        says="the weakest segment is ",
        candidate=model(evaluation=relabelled(rows(2, 1200)), more="  deepchecks: {weak_segment: 0.1}\n"),
    )
    write(
        bad / "data-drift/other-unit",
        verdict="fail",
        says="hour drifts",
        candidate=model(evaluation=rows(2, 400, hours=60)),
    )
