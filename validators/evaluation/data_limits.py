"""Which limits count for the samples: the strictest that was ever accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from sluicegate.specs.columns import DataLimits
from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.reference import ReferenceVersion

LEAST = ("weak_segments",)
"""Limits that are the least of a figure; the others are the most of one."""


def counting_limits(spec: ModelSpec, reference_versions: Sequence[ReferenceVersion]) -> DataLimits:
    """Of each limit the strictest of the model's own, production's and the base's; null means unlimited."""
    every = [spec.data.limits, *(version.spec.data.limits for version in reference_versions)]
    counting = spec.data.limits
    for field in fields(DataLimits):
        written = [value for limits in every if (value := getattr(limits, field.name)) is not None]
        if written:
            strictest = max(written) if field.name in LEAST else min(written)
            counting = replace(counting, **{field.name: strictest})
    return counting
