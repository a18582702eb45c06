"""What was accepted before, and still holds: the rules and rows of production's version and of the base's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.submission.files import ModelFiles


@dataclass(frozen=True)
class ReferenceVersion:
    """An accepted version of the model: production's, or the base's, merged and perhaps never released."""

    who: str
    """`production` or `the base`."""
    spec: ModelSpec
    files: ModelFiles


def all_rules(section: str, own: Any, reference_versions: Sequence[ReferenceVersion]) -> list[Any]:
    """The model's own rules of that section, production's and the base's; those that are written.

    All of them hold: a pull request that loosens one is still judged by what was accepted before it.
    """
    accepted = (version.spec.sections.get(section) for version in reference_versions)
    return [rules for rules in (own, *accepted) if rules is not None]
