"""A check with a section of its own in model.yaml; it reads a file, and so runs in the contained process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles


@dataclass(frozen=True)
class CardRule:
    """What the model card must have."""

    words: Annotated[int, Field(ge=1)] = 10
    """At least so many."""


@check(
    "model-card",
    family="artifact",
    section="card",
    parameters=CardRule,
    isolated=True,
    remedy="Describe the model in README.md: what it is for, its data, its limits.",
)
def model_card(rules: CardRule | None, files: ModelFiles) -> Iterator[Finding]:
    """The model has a card.

    README.md beside model.yaml is what a reviewer reads first; an empty one says nothing about the model.
    """
    rule = rules or CardRule()
    if not files.contains("README.md"):
        yield fail("README.md is not there", files.position("README.md"))
        return
    words = len((files.directory / "README.md").read_text(encoding="utf-8").split())
    if words < rule.words:
        yield fail(f"README.md has {words} words of at least {rule.words}", files.position("README.md"))
    else:
        yield passed(f"README.md has {words} words")
