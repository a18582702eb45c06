"""Who calls the models of an environment, as environment.yaml lists them: whom a break would hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sluicegate.specs.model import Name
from sluicegate.specs.values import Text
from sluicegate.specs.yamlio import Document, Location, Problem

Breaking = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        pattern=r"\S",
        description="what this version breaks for its callers, and why; it excuses this version alone",
    ),
]
"""`breaking` of model.yaml."""


@dataclass(frozen=True)
class Caller:
    """A program that sends requests to models of this environment."""

    name: Text
    """What people call it: checkout."""
    models: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The models that it calls."""
    contact: Text
    """Whom to tell before something breaks for it: "@payments/oncall", an address, a channel."""

    def __str__(self) -> str:
        return f"{self.name} ({self.contact})"


def callers_of(callers: Sequence[Caller], model: str) -> tuple[Caller, ...]:
    """Those that call this model."""
    return tuple(caller for caller in callers if model in caller.models)


def repeated(document: Document, location: Location, callers: Sequence[Caller]) -> Iterator[Problem]:
    """Each caller is listed once."""
    names = [caller.name for caller in callers]
    for number, name in enumerate(names):
        if name in names[:number]:
            message = f"{name!r} is listed twice"
            yield document.problem(
                (*location, number, "name"), message, "list each caller once, with all its models"
            )
