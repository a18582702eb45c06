"""Whether a column keeps what model.yaml declares of it, and which row does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.columns import ColumnRule
from sluicegate.specs.durations import duration
from sluicegate.validators.evaluation.column_values import (
    MOMENTS,
    Values,
    are_numbers,
    misfits,
    moments,
    outside,
    values_of,
)
from sluicegate.validators.evaluation.exact_hash import hashes

Array = npt.NDArray[Any]
DAY = timedelta(days=1)
SHOWN = 40
"""Characters of a value in a message."""
LISTED = 5
"""Values of one kind in a message."""


@dataclass(frozen=True)
class Fault:
    """What a column does not keep; `message` comes after the file's path."""

    rule: str
    """The rule's key in `data.columns`."""
    message: str
    remedy: str


def column_faults(column: pd.Series[Any], rule: ColumnRule, today: date) -> Iterator[Fault]:
    """The rules that a column of one sample breaks, but uniqueness; rows are counted from 1."""
    name = str(column.name)
    held = values_of(column)
    yield from _gaps(name, held, rule, len(column))
    wrong = np.zeros(len(held), dtype=bool)
    if rule.dtype is not None:
        wrong = misfits(held.values, rule.dtype)
        kind = f"which is not {MOMENTS}" if rule.dtype == "datetime" else f"which does not fit {rule.dtype}"
        remedy = "Correct those rows, or declare the dtype that the values have."
        yield from _first(name, held, wrong, Fault("dtype", kind, remedy))
    sound = held.where(~wrong)  # what is of another type is said once
    yield from _range(name, sound, rule)
    yield from _categories(name, sound, rule)
    yield from _age(name, sound, rule, today)


def unique_faults(columns: Sequence[tuple[str, pd.Series[Any]]]) -> Iterator[tuple[str, Fault]]:
    """For each (path, column) in which a value came before, or in an earlier one: path and fault."""
    before: dict[int, tuple[str, int]] = {}
    for path, column in columns:
        missing = column.isna().to_numpy()
        again: list[tuple[int, str, int]] = []
        for row, code in enumerate(hashes(column).tolist()):
            if missing[row]:
                continue
            if code in before:
                again.append((row, *before[code]))
            else:
                before[code] = (path, row)
        if again:
            row, where, earlier = again[0]
            message = (
                f"row {row + 1} of column {str(column.name)!r} holds {_shown(column.iloc[row])}, as row "
                f"{earlier + 1} of {where} does; {_times(len(again))}"
            )
            remedy = "Leave the repeated rows out; where a value may come again, remove unique."
            yield path, Fault("unique", message, remedy)


def _gaps(name: str, held: Values, rule: ColumnRule, rows: int) -> Iterator[Fault]:
    share = len(held.gaps) / rows
    if rule.null_share is None or share <= rule.null_share:
        return
    yield Fault(
        "null_share",
        f"column {name!r} has no value in {len(held.gaps):,} of {rows:,} rows ({share:.3%}), first in row "
        f"{int(held.gaps[0]) + 1}, of at most {rule.null_share:.3%}",
        "Fill those rows, or leave them out; where gaps are sound, raise null_share.",
    )


def _range(name: str, held: Values, rule: ColumnRule) -> Iterator[Fault]:
    if rule.range is None:
        return
    low, high = rule.range
    if rule.dtype == "datetime":
        bounds = [None if bound is None else moments(pd.Series([bound])).iloc[0] for bound in (low, high)]
        wrong = outside(moments(held.values), *bounds)
    else:
        numbers = are_numbers(held.values)
        fault = Fault("range", "which is not a number", "Correct those rows; a range needs numbers.")
        yield from _first(name, held, ~numbers, fault)
        held = held.where(numbers)
        wrong = outside(held.values, low, high)
    ends = f"outside of {'any' if low is None else low} to {'any' if high is None else high}"
    remedy = "Correct those rows; where such values are sound, widen the range."
    yield from _first(name, held, wrong, Fault("range", ends, remedy))


def _categories(name: str, held: Values, rule: ColumnRule) -> Iterator[Fault]:
    if rule.categories is None or not len(held):
        return
    known = set(rule.categories)
    codes, distinct = pd.factorize(held.values)
    unknown = [number for number, value in enumerate(distinct.tolist()) if value not in known]
    found = ", ".join(_shown(distinct[number]) for number in unknown[:LISTED])
    kind = f"none of its {len(known):,} categories; {len(unknown):,} are new: {found}"
    remedy = "Correct those rows; a category that the model knows is added to the list."
    yield from _first(name, held, np.isin(codes, unknown), Fault("categories", kind, remedy))


def _age(name: str, held: Values, rule: ColumnRule, today: date) -> Iterator[Fault]:
    if rule.max_age is None:
        return
    if not len(held):
        yield Fault("max_age", f"column {name!r} has no moment", "Write when each row was observed.")
        return
    times = moments(held.values)
    tomorrow = pd.Timestamp(today, tz="UTC") + DAY
    future = (times > tomorrow + DAY).to_numpy()  # a day more, for any time zone
    yield from _first(name, held, future, Fault("max_age", f"after {today}", "Correct those rows."))
    newest = times.max()
    if tomorrow - newest > duration(rule.max_age) + DAY:
        row = int(held.rows[int(times.to_numpy().argmax())]) + 1
        yield Fault(
            "max_age",
            f"column {name!r} ends with {newest:%Y-%m-%d} in row {row}, and is older than {rule.max_age} on "
            f"{today}",
            "Take newer rows; where old ones are sound, raise max_age.",
        )


def _first(name: str, held: Values, wrong: Array, fault: Fault) -> Iterator[Fault]:
    """The fault of the first wrong value, if there is one; its message so far says what is wrong with it."""
    at = np.flatnonzero(wrong)
    if not len(at):
        return
    row = int(held.rows[at[0]]) + 1
    rows = len(np.unique(held.rows[at]))
    value = _shown(held.values.iloc[int(at[0])])
    message = f"row {row} of column {name!r} holds {value}, {fault.message}; {_times(rows)}"
    yield Fault(fault.rule, message, fault.remedy)


def _times(rows: int) -> str:
    return f"{rows:,} such row" + ("" if rows == 1 else "s")


def _shown(value: Any) -> str:
    """A value in a message: numpy 2 would write np.float64(1.5)."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
