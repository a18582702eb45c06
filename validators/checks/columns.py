"""The columns of the samples, as `data.columns` declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from sluicegate.specs.columns import ColumnRule
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.suggestions import suggest
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, skipped
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.column_rules import Fault
    from sluicegate.validators.evaluation.rows import Rows

SHOWN = 100
"""The most findings: a table with a thousand columns may be wrong in all of them."""


@check(
    "data-columns",
    family="data",
    isolated=True,
    remedy="Correct the rows, or what `data.columns` of model.yaml declares.",
)
def input_columns(
    spec: ModelSpec, document: Document, reference: Rows, evaluation: Rows, today: date
) -> Iterator[Finding]:
    """Each column holds what `data.columns` of model.yaml declares, in the reference and the evaluation rows.

    Its type, range, categories, share of missing values, uniqueness, and the age of its newest moment. Each
    value is judged by itself, whatever type the file gives the column, so parquet and CSV are judged alike.
    A finding is at the rule's line of model.yaml, and names the file, the first row, and its value.
    """
    rules = spec.data.columns
    if not rules:
        yield skipped("model.yaml declares no data.columns")
        return
    faults = list(_faults(rules, (reference, evaluation), today))
    for name, path, fault in faults[:SHOWN]:
        yield fail(f"{path}: {fault.message}", _position(document, name, fault.rule), remedy=fault.remedy)
    if len(faults) > SHOWN:
        yield fail(f"{len(faults) - SHOWN:,} more rules of data.columns are broken")
    if not faults:
        undeclared = [name for name in reference.frame.columns if name not in rules]
        more = f"; undeclared: {', '.join(map(str, undeclared[:5]))}" if undeclared else ""
        rows = len(reference) + len(evaluation)
        yield passed(f"{len(rules):,} columns of {rows:,} rows hold what model.yaml declares{more}")


def _faults(
    rules: Mapping[str, ColumnRule], samples: tuple[Rows, ...], today: date
) -> Iterator[tuple[str, str, Fault]]:
    """The column, the sample's path, and the fault."""
    from sluicegate.validators.evaluation.column_rules import column_faults, unique_faults

    for name, rule in rules.items():
        held = []
        for rows in samples:
            fault = _absent(name, rows)
            if fault is not None:
                yield name, rows.path, fault
                continue
            column = rows.frame[name]
            held.append((rows.path, column))
            for fault in column_faults(column, rule, today):
                yield name, rows.path, fault
        if rule.unique:
            for path, fault in unique_faults(held):
                yield name, path, fault


def _absent(name: str, rows: Rows) -> Fault | None:
    from sluicegate.validators.evaluation.column_rules import Fault

    known = list(map(str, rows.frame.columns))
    times = known.count(name)
    if times == 1:
        return None
    if times:
        return Fault("", f"has column {name!r} {times} times", "Keep one of them.")
    remedy = suggest(name, known, "add it to the table, or remove it from data.columns")
    return Fault("", f"has no column {name!r}", remedy)


def _position(document: Document, name: str, rule: str) -> Position:
    """The rule's line in model.yaml; the column's, where the fault is of no rule."""
    location = ("spec", "data", "columns", name)
    if not rule:
        return Position(document.path, *document.key_position(location))
    return Position(document.path, *document.position((*location, rule)))
