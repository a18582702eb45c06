"""Series as a source reads them, from literals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sluicegate.gate.adapters.samples import Count, Series


def series(name: str, values: float | Sequence[float | None], **labels: str) -> Series:
    """A series at one moment or several; None where it is not there, NaN as a source reads one."""
    several = [values] if isinstance(values, int | float) else values
    row = [math.nan if v is None else math.inf if math.isnan(v) else v for v in several]
    return Series(name, labels, np.array(row, dtype=float))


def newest(count: Count) -> int:
    """The newest sum. Raises NoData where it is not known."""
    if count.why is not None:
        raise count.why
    return int(count.values[-1])
