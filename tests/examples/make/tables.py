"""The tables of the examples, and what is done to them."""

from __future__ import annotations

import io

import numpy as np

from examples.make.graphs import COLUMNS, WEIGHTS


def rows(seed: int, count: int, *, hours: float = 1.0, told: bool = False) -> bytes:
    """A table whose label follows WEIGHTS; `hours` scales one column. Sites a and b take turns.

    With `told` the hour is 17 where the label is 1, and else 9.
    """
    random = np.random.default_rng(seed)
    values = np.round(random.normal(size=(count, 3)), 2)
    chance = 1 / (1 + np.exp(-2 * values @ np.array(WEIGHTS)))
    late = (random.random(count) < chance).astype(int)
    if told:
        values[:, 2] = 9 + 8 * late
    lines = [f"{','.join(COLUMNS)},late,site"]
    for number, (row, label) in enumerate(zip(values, late, strict=True)):
        text = ",".join(f"{value:g}" for value in row * (1, 1, hours))
        lines.append(f"{text},{label},{'ab'[number % 2]}")
    return ("\n".join(lines) + "\n").encode()


REFERENCE, EVALUATION = rows(1, 100), rows(2, 400)


def documents(seed: int) -> bytes:
    """Twenty documents of six tokens, as numpy's archive."""
    written = io.BytesIO()
    np.savez(written, ids=np.random.default_rng(seed).integers(0, 6, (20, 6)))
    return written.getvalue()


def with_first_hour(table: bytes, value: bytes) -> bytes:
    """The table with this value as the first row's hour."""
    header, first, rest = table.split(b"\n", 2)
    size, age, _, late, site = first.split(b",")
    return b"\n".join([header, b",".join([size, age, value, late, site]), rest])


def relabelled(table: bytes) -> bytes:
    """The rows with an hour above 0.8 have the other label."""
    head, *lines = table.decode().splitlines()
    parts = [line.split(",") for line in lines]
    turned = [[*p[:3], str(1 - int(p[3])), p[4]] if float(p[2]) > 0.8 else p for p in parts]
    return "\n".join([head, *(",".join(p) for p in turned), ""]).encode()


def flipped(table: bytes) -> bytes:
    """The same rows with the other label each."""
    head, *lines = table.decode().splitlines()
    parts = [line.split(",") for line in lines]
    return "\n".join([head, *(",".join([*p[:3], str(1 - int(p[3])), p[4]]) for p in parts), ""]).encode()


def rows_with_site_shift() -> bytes:
    """Rows in which the column `size` decides at site b, and says nothing at site a."""
    random = np.random.default_rng(3)
    lines = [f"{','.join(COLUMNS)},late,site"]
    for number in range(600):
        label, site = number // 2 % 2, "ab"[number % 2]
        size = (2 * label - 1) * 1.5 if site == "b" else 0.0
        other = (2 * label - 1) * 1.0 if site == "a" else -1.0
        age, hour = -other + random.normal() * 0.1, random.normal() * 0.1
        lines.append(f"{size:g},{age:.2f},{hour:.2f},{label},{site}")
    return ("\n".join(lines) + "\n").encode()
