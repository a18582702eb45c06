"""Whether a change moves values of people that decide what a server runs, and with which rights. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sluicegate.validators.submission.environment_loosening import UNCLEAR

DECIDE: tuple[tuple[str, ...], ...] = (
    ("images",),
    ("kserve", "runtime"),
    ("triton", "extraArgs"),
    ("extraEnv",),
    ("serviceAccountName",),
    ("runtimeClassName",),
    ("security",),
    ("networkPolicy",),
)
"""Keys of the serving chart's values: another image answers what it likes, whatever the model is."""


def values_rules(before: Any, after: Any) -> Iterator[str]:
    """What differs of these keys between two values.yaml as they were read; None where there is none."""
    for key in DECIDE:
        if _at(before, key) != _at(after, key):
            yield f"{'.'.join(key)} is another: {UNCLEAR}"


def _at(values: Any, key: tuple[str, ...]) -> Any:
    for part in key:
        values = values.get(part) if isinstance(values, Mapping) else None
    return values
