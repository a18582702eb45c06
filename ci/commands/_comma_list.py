"""Options that take several names, by commas."""

from __future__ import annotations


def comma_list(text: str | None) -> tuple[str, ...]:
    """The names of a list by commas; one that holds a comma itself is in double quotes, as in CSV."""
    import csv

    if not text:
        return ()
    return tuple(part.strip() for part in next(csv.reader([text], skipinitialspace=True)))
