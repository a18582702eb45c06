"""What checks are run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sluicegate.validators.runner.registry import Scope


@dataclass(frozen=True)
class Subject:
    """What the checks of one scope are run on once, and the inputs that they begin with.

    `name` is the model's or the environment's; the repository has none.
    """

    scope: Scope
    name: str
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The model that its findings are about; none for what is not a model."""
        return self.name if self.scope == "model" else ""
