"""Which operators a model may use, by name: what the engine has that only computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Engine:
    """What one version of an engine loads."""

    name: str
    version: str
    ir_version: int
    """The newest that it loads."""
    opsets: Mapping[str, int]
    """The domains whose operators are all allowed, and the newest opset of each that it loads."""
    allowed: Mapping[str, frozenset[str]]
    """Of each other domain the operators that are allowed."""
    refused: Mapping[str, Mapping[str, str]]
    """Those that it has and that are not, with the reason."""

    def owns(self, domain: str) -> bool:
        """Whether the engine has operators of this domain."""
        return domain in self.opsets or domain in self.allowed

    def fault(self, domain: str, operator: str) -> str | None:
        """Why an operator may not be used, and what to do; None where it may."""
        if domain in self.opsets or operator in self.allowed.get(domain, ()):
            return None
        reason = self.refused.get(domain, {}).get(operator)
        if reason is not None:
            return f"operator {operator} of {domain} {reason}; export the model without it"
        if domain in self.allowed:
            return f"operator {operator} is none of {domain} in {self.name} {self.version}; use ai.onnx's"
        allowed = " and ".join(self.opsets)
        return f"operator {operator} belongs to domain {domain}, which is not allowed; use {allowed}"


@cache
def engine(name: str = "onnxruntime") -> Engine:
    """The engine of this name: the file in `engines/`, where its source is named."""
    file = resources.files("sluicegate.validators.onnx.engines").joinpath(f"{name}.json")
    data: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return Engine(
        name=data["engine"],
        version=data["version"],
        ir_version=data["ir_version"],
        opsets=data["opsets"],
        allowed={domain: frozenset(names) for domain, names in data["allowed"].items()},
        refused=data["refused"],
    )
