"""environments/stop.yaml: nothing starts or advances while it is there. A rollback is never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from sluicegate.specs.model import Name
from sluicegate.specs.shape import STRICT, Shape
from sluicegate.specs.values import Text
from sluicegate.specs.yamlio import Document, InputError, render_flow


@dataclass(frozen=True)
class Stop:
    """Why everything is stopped, or some environments."""

    reason: Text
    environments: tuple[Name, ...] = ()
    """Those that are stopped; none named: all of them."""
    by: Text | None = None
    """Who stopped it."""

    def stops(self, environment: str) -> bool:
        """Whether this environment is stopped."""
        return not self.environments or environment in self.environments


@dataclass(frozen=True)
class StopManifest:
    """The file."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    apiVersion: Literal["sluicegate.dev/v1"]
    kind: Literal["Stop"]
    spec: Stop


STOP = Shape(StopManifest)


def load_stop(document: Document) -> Stop:
    """Read a stop.yaml. Raises InputError with a problem for every finding."""
    manifest, problems = STOP.read(document, document.checked().value)
    if manifest is None:
        raise InputError(*problems)
    return manifest.spec


def render_stop(stop: Stop) -> bytes:
    """The file of a stop."""
    spec: dict[str, object] = {"reason": stop.reason}
    if stop.environments:
        spec["environments"] = list(stop.environments)
    if stop.by is not None:
        spec["by"] = stop.by
    return f"apiVersion: sluicegate.dev/v1\nkind: Stop\nspec: {render_flow(spec)}\n".encode()
