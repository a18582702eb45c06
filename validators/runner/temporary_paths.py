"""Directories of a run's own, taken out of what it says: they are called otherwise at each run."""

from __future__ import annotations

import re
from dataclasses import replace

from sluicegate.validators.runner.finding import Finding

_OWN = re.compile(
    r"(?:/[^\s'\":/]+)*/sluice-[a-z]+-[a-z0-9_]{8}(?:/\d+/(?:candidate|production|base|earlier-\d+))?"
    r"(?:/tmp[a-z0-9_]{8})?(?:/|\b)"
)
"""What `tempfile` makes for us, a model's copy below it, and what a library makes in a child's directory."""


def without_temporary(text: str) -> str:
    """The text, files of a run's own directories named from there, as in the model's directory."""
    return _OWN.sub("", text)


def repeatable(finding: Finding) -> Finding:
    """The finding, in the same words at each run of the same input."""
    remedy = None if finding.remedy is None else without_temporary(finding.remedy)
    return replace(finding, message=without_temporary(finding.message), remedy=remedy)
