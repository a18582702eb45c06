"""The first `data.columns` of a model: what both samples show, for a person to correct."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.ci.scaffold import table
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.specs.yamlio import render_flow

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
LARGEST = 2**63 - 1
"""The largest whole number that model.yaml can hold."""
MOST_COLUMNS = 200
"""Nobody reads a model.yaml with more columns."""
MOST_CATEGORIES = 20
ROWS_A_CATEGORY = 10
"""A text column with fewer rows per distinct value is not taken as categorical."""
DIGITS = 3
"""Of a range's ends, which are rounded away from it."""


def column_lines(
    new: NewModel,
    inputs: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    notes: list[str],
    left_out: Collection[str] = (),
) -> list[str]:
    """The lines of `data.columns`; none, and a note, for a table of very many columns. Raises InputError.

    `left_out` are image columns, which get no rule.
    """
    dtypes = {
        name: str(tensor["dtype"]) for tensor in inputs for name in tensor.get("columns", [tensor["name"]])
    }
    tables = [_read(path, dtypes) for path in (new.reference, new.evaluation)]
    shared = [name for name in tables[0].columns if all(name in one.columns for one in tables)]
    names = [str(name) for name in shared if name not in left_out]
    if len(names) > MOST_COLUMNS:
        notes.append(f"data.columns is left out: {len(names):,} columns; declare those that matter")
        return []
    free = {*names} - {*dtypes, *labels}
    lines = []
    unknown = []
    for name in names:
        rule = _rule([one[name] for one in tables], dtypes.get(name), may_be_id=name in free)
        if rule is None:
            unknown.append(name)
        else:
            lines.append(f"      {render_flow({name: rule})[1:-1]}")
    if unknown:
        notes.append(f"data.columns has no type for {', '.join(unknown[:SHOWN])}, and leaves them out")
    if not lines:
        return []
    return ["    columns:    # what both samples show; widen it to every valid value", *lines]


def _read(path: Path, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """The table as the checks read it: text columns as text, so that NA is Namibia."""
    first = table.read(path)
    kinds = {name: "words" for name in first.columns if _is_text(first[name])}
    kinds |= {name: "text" for name, dtype in dtypes.items() if dtype == "string"}
    return table.read(path, kinds)


def _is_text(column: pd.Series[Any]) -> bool:
    return column.dtype == object and any(isinstance(value, str) for value in column)


def _rule(columns: Sequence[pd.Series[Any]], dtype: str | None, *, may_be_id: bool) -> dict[str, Any] | None:
    """What both samples show of a column; None where its values are of no type that a rule can name."""
    import pandas as pd

    from sluicegate.validators.evaluation.column_values import values_of

    held = [values_of(column) for column in columns]
    values = pd.concat([part.values for part in held], ignore_index=True)
    kind = dtype or _dtype(values)
    if kind is None:
        return None
    rule: dict[str, Any] = {"dtype": kind}
    if kind == "string":
        distinct = sorted(set(values.tolist()))
        if len(distinct) <= MOST_CATEGORIES and len(values) >= ROWS_A_CATEGORY * len(distinct) > 0:
            rule["categories"] = distinct
    elif kind not in ("bool", "datetime") and len(values) and values.dtype.kind in "iuf":
        ends = [_rounded(values.min(), math.floor), _rounded(values.max(), math.ceil)]
        if all(abs(end) <= LARGEST for end in ends):
            rule["range"] = ends
    shares = [len(part.gaps) / len(column) for part, column in zip(held, columns, strict=True)]
    rule["null_share"] = math.ceil(max(shares) * 100) / 100
    single = sum(map(len, columns)) == len(values)
    if may_be_id and kind in ("string", "int64") and single and len(values) == values.nunique():
        rule["unique"] = True
    return rule


def _dtype(values: pd.Series[Any]) -> str | None:
    """What the values look like, where no input says it; None for durations, structs and the like."""
    from sluicegate.validators.evaluation.column_values import misfits

    if values.dtype.kind in "bM":
        return "bool" if values.dtype.kind == "b" else "datetime"
    for kind in ("bool", "int64", "float64", "datetime", "string"):
        looks = kind != "bool" or values.dtype == object
        if looks and len(values) and not misfits(values, kind).any():
            return kind
    return None if len(values) else "string"


def _rounded(end: Any, towards: Any) -> int | float:
    """An end of a range with few digits, away from the values; whole numbers below a million as they are."""
    number = end.item() if hasattr(end, "item") else end
    if not math.isfinite(number):
        return int(math.copysign(2**62, number))
    if float(number).is_integer() and abs(number) < 1_000_000:
        return int(number)
    unit = math.floor(math.log10(abs(number))) - DIGITS + 1
    scaled = towards(number / 10.0**unit)
    return int(scaled * 10**unit) if unit >= 0 else float(round(scaled * 10.0**unit, -unit))
