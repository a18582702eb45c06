"""What a check is, and the registry that finds the checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from sluicegate.specs import plugins
from sluicegate.validators.runner.finding import Finding

FAMILIES = ("spec", "artifact", "graph", "quality", "data", "latency", "security", "rollout", "render", "gpu")
NEVER_WAIVED = ("spec", "artifact", "graph", "security", "render")
"""The families that guard what the other checks, the gate and the machine rest on."""
Scope = Literal["model", "environment", "repository"]
"""What a check is run on, once for each: a model, an environment that a change touches, the repository."""


@dataclass(frozen=True)
class Check:
    """A check: a function that asks for its inputs by parameter name and yields findings."""

    id: str
    family: str
    remedy: str
    function: Callable[..., Iterator[Finding]]
    section: str | None = None
    """The section of model.yaml that is this check's own; its function gets it as `rules`."""
    parameters: Any = None
    """The type of that section."""
    isolated: bool = False
    """Whether it loads a model or data and so runs in the child process."""
    static: bool = False
    """Whether it judges files in the child without loading a model: where it refuses, nothing is loaded."""
    runs_code: bool = False
    """Whether it runs code of the submission, and so has a child of its own, which is contained."""
    settles: Callable[..., Finding | None] | None = None
    """What it finds without the child, from inputs by parameter name; None where the child is needed."""
    needs: tuple[str, ...] = ()
    scope: Scope = "model"
    loads: tuple[str, ...] = ()
    """Modules that it imports in the child and that take long: imported once for all models."""
    informative: bool = False
    """Whether it only shows something: whatever it finds stops nothing."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it asks for of the inputs; its `rules` are a section of `sections`."""
        return self.needs if self.section is None else (*(set(self.needs) - {"rules"}), "sections")

    @property
    def waivable(self) -> bool:
        """Whether a waiver of model.yaml may name it."""
        return self.scope == "model" and self.family not in NEVER_WAIVED and not self.informative

    @property
    def title(self) -> str:
        """The docstring's first line."""
        return inspect.cleandoc(self.function.__doc__ or self.id).splitlines()[0]

    @property
    def explanation(self) -> str:
        """The docstring's rest: what a reader of the report gets to know."""
        return "\n".join(inspect.cleandoc(self.function.__doc__ or "").splitlines()[1:]).strip()

    def findings(self, inputs: Mapping[str, Any]) -> Iterator[Finding]:
        """Run it on its inputs; each finding gets the check's id and, where it needs one, its remedy."""
        for finding in self.function(**{name: inputs[name] for name in self.needs}):
            remedy = finding.remedy
            if remedy is None and not finding.verdict.good:
                remedy = self.remedy
            yield replace(finding, check=self.id, remedy=remedy)


_registry: dict[str, Check] = {}


def check(
    id: str,
    *,
    family: str,
    remedy: str,
    scope: Scope = "model",
    section: str | None = None,
    parameters: Any = None,
    isolated: bool = False,
    static: bool = False,
    runs_code: bool = False,
    settles: Callable[..., Finding | None] | None = None,
    loads: tuple[str, ...] = (),
    informative: bool = False,
) -> Callable[[Callable[..., Iterator[Finding]]], Callable[..., Iterator[Finding]]]:
    """Register a check.

    Raises ValueError for a second one of the same id, an unknown family or scope, and for what only a check
    of a model can have: a section of model.yaml, or the child process, which is one a model.
    """

    def register(function: Callable[..., Iterator[Finding]]) -> Callable[..., Iterator[Finding]]:
        if id in _registry or family not in FAMILIES:
            raise ValueError(
                f"check {id!r}: its id is taken or its family {family!r} is not one of {FAMILIES}"
            )
        if scope not in get_args(Scope):
            raise ValueError(f"check {id!r}: its scope {scope!r} is not one of {get_args(Scope)}")
        if scope != "model" and (section is not None or isolated or static or runs_code):
            raise ValueError(f"check {id!r}: only a check of a model has a section or runs in the child")
        needs = tuple(inspect.signature(function).parameters)
        _registry[id] = Check(
            id,
            family,
            remedy,
            function,
            section=section,
            parameters=parameters,
            isolated=isolated or static or runs_code,
            static=static,
            runs_code=runs_code,
            settles=settles,
            needs=needs,
            scope=scope,
            loads=loads,
            informative=informative,
        )
        return function

    return register


def checks() -> dict[str, Check]:
    """Every check by id, in the order of the families, then of their ids: ours and those of plug-ins.

    Raises PluginError for a plug-in that cannot be used.
    """
    plugins.CHECKS.load(_registry)
    return dict(sorted(_registry.items(), key=lambda item: (FAMILIES.index(item[1].family), item[0])))
