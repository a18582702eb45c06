"""What model.yaml declares of the data's columns, and how far the samples may be from what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sluicegate.specs.values import ClassName, DType, Duration

ColumnType = DType | Literal["datetime"]
Bound = Annotated[
    int | float | str | None,
    Field(description="a number, a moment such as 2024-01-31, or null for no bound"),
]
Share = Annotated[float, Field(ge=0, le=1, description="a share of the rows, from 0 to 1")]
EARLIEST = 1678
LATEST = 2261
"""Years of a moment: pandas counts nanoseconds in 64 bits."""
TEXT = ("string", "datetime")
"""Types whose values are written as text."""


@dataclass(frozen=True)
class ColumnRule:
    """What each value of a column is; what is left out is not judged.

    Of a column that holds lists each value in them is judged.
    """

    dtype: ColumnType | None = None
    """What its values fit, whatever type the file gives the column; datetime is ISO 8601."""
    range: tuple[Bound, Bound] | None = None
    """The lowest and the highest value, both included; null for no bound."""
    categories: Annotated[tuple[ClassName, ...], Field(min_length=1)] | None = None
    """All values that there are, as the column holds them."""
    null_share: Share | None = None
    """The largest share of the rows that have no value, or a list with a gap."""
    unique: bool = False
    """Whether no value comes twice, in one sample or in both together."""
    max_age: Duration | None = None
    """How old the newest value of each sample may be, on the day of the judgement; of a datetime."""

    def __post_init__(self) -> None:
        """Raises ValueError for rules that no column can keep, or that are of another dtype."""
        if self.max_age is not None and self.dtype != "datetime":
            raise ValueError("max_age is of a column with dtype: datetime")
        if self.range is not None:
            _check_range(self.range, self.dtype)


def _check_range(ends: tuple[Bound, Bound], dtype: ColumnType | None) -> None:
    """Raises ValueError for ends that are not of this type, in the wrong order, or none."""
    if dtype in ("string", "bool"):
        raise ValueError(f"a {dtype} has no range; name its categories")
    bounds = [bound for bound in ends if bound is not None]
    if not bounds:
        raise ValueError("range should have a lowest or a highest value")
    if any(isinstance(bound, str) != (dtype == "datetime") for bound in bounds):
        raise ValueError("range should have moments in quotes where dtype is datetime, and else numbers")
    ordered: list[Any] = [_moment(bound) if isinstance(bound, str) else bound for bound in bounds]
    if ordered[0] > ordered[-1]:
        raise ValueError("range should have the lowest value first")


def _moment(text: str) -> datetime:
    """A moment of ISO 8601, in UTC where it names no time zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"a moment is between the years {EARLIEST} and {LATEST}")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class DataLimits:
    """How far samples may be from sound ones; what is null or left out below needs deepchecks.

    The strictest of the model's own limits, production's and the base's holds.
    """

    shared_rows: Share = 0.01
    """The largest share of the evaluation rows that the reference has too, beyond what chance gives."""
    duplicates: Share = 0.05
    """The largest share of a sample's rows that are copies of another, beyond what chance gives."""
    conflicting_labels: Share = 0.01
    """The largest share of the evaluation rows with another's inputs and another label, likewise."""
    new_categories: Share = 0.01
    """The largest share of the evaluation rows with a text that the reference lacks, likewise."""
    target_leakage: Share = 0.99
    """How much of the label one column alone may tell: 0 nothing, 1 every row, so 1 refuses nothing."""
    feature_label_correlation: Share | None = None
    """The largest predictive power score of one column for the label; null: not measured."""
    outliers: Share | None = None
    """The largest share of the evaluation rows that are outliers; null: not measured."""
    weak_segments: Share | None = None
    """The least score of the weakest segment as a share of the score of all rows; null: not searched."""
