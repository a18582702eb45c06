"""What holding one expectation against the model's answers gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """On how many rows it holds, and the first one on which it does not, in words."""

    rows: int
    broken: int
    example: str = ""
    """The row, what was expected and what was found; empty where it holds on every row."""
    share: float = 1.0
    """The least share of the rows on which it has to hold."""
    measured: str = ""
    """What the rows show at the most, in words."""

    @property
    def holds(self) -> bool:
        """Whether it holds on as many rows as it has to; on no row at all it does not."""
        return self.rows > 0 and self.rows - self.broken >= self.share * self.rows

    def __str__(self) -> str:
        parts = [f"holds on {self.rows - self.broken:,} of {self.rows:,} rows"]
        if self.share < 1:
            parts[0] += f", and has to on {self.share:.4g} of them"
        return "; ".join(parts + [part for part in (self.measured, self.example) if part])


def first(broken: Array) -> int | None:
    """The position of the first row on which it does not hold; None where there is none."""
    rows = np.flatnonzero(broken)
    return int(rows[0]) if len(rows) else None


def shown(value: Any) -> str:
    """A value of a table or an answer, short and the same with every version of numpy."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list) and len(value) == 1:
        return shown(value[0])
    if isinstance(value, list):
        inner = ", ".join(shown(one) for one in value[:10])
        return f"[{inner}{', ...' if len(value) > 10 else ''}]"
    return f"{value:.6g}" if isinstance(value, float) else f"{value!s:.60}"
