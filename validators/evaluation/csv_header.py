"""The first line of a CSV file: the names of its columns, or why it has none that can be used."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sluicegate.validators.evaluation.feeds import FAULT
from sluicegate.validators.runner.inputs import Unavailable

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
WRITE_AGAIN = "Write it as pandas does: frame.to_csv(path, index=False)."


def column_names(path: Path) -> list[str]:
    """The names in the first line; a column without one is `Unnamed: 0` or the like, as in pandas.

    Raises Unavailable for a file without a header, or with another separator than commas, and
    UnicodeDecodeError for one that is not UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        names = next(filter(None, csv.reader(stream)), [])
    if len(names) == 1:
        for separator, word in SEPARATORS.items():
            if separator in names[0]:
                raise Unavailable(
                    f"{path.name} separates its columns by {word}, and not by commas",
                    FAULT,
                    f"{WRITE_AGAIN[:-1]}, with a point in decimals.",
                )
    if _are_values(names):
        raise Unavailable(
            f"{path.name} has no header: its first line is {', '.join(names[:5])[:80]}",
            FAULT,
            "Name the columns in the first line.",
        )
    require_distinct([name for name in names if name], path.name)
    return [name or f"Unnamed: {number}" for number, name in enumerate(names)]


def require_distinct(names: Sequence[str], path: str) -> None:
    """Raises Unavailable where two columns have one name: either could be meant."""
    name, count = max(Counter(names).items(), key=lambda pair: pair[1], default=("", 0))
    if count > 1:
        raise Unavailable(
            f"{path} has {count} columns {name!r}", FAULT, "Give each column a name of its own."
        )


def _are_values(names: Sequence[str]) -> bool:
    """Whether names are a row's numbers. 0, 1, 2, ... are names: those that pandas gives."""
    named = [name for name in names if name]
    if not named or not all(map(_is_number, named)):
        return False
    return not all(name.isdigit() for name in named) or len(set(named)) < len(named)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
