"""What a check is, what it finds, and the registry that finds the checks."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

FAMILIES = ("spec", "artifact", "graph", "quality", "data", "latency", "security", "rollout", "render", "gpu")
NEVER_WAIVED = ("spec", "artifact", "graph", "security", "render")
"""The families that guard what the other checks, the gate and the machine rest on."""


class Verdict(StrEnum):
    """The words of a finding, from best to worst; a model's verdict is the worst of its findings."""

    PASS = "pass"  # noqa: S105
    WAIVED = "waived"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for the best, 4 for the worst."""
        return list(Verdict).index(self)

    @classmethod
    def worst(cls, verdicts: Iterator[Verdict] | list[Verdict]) -> Verdict:
        """The worst of them; of none at all: error, since nothing was judged."""
        return max(verdicts, key=lambda v: v.rank, default=Verdict.ERROR)

    @property
    def good(self) -> bool:
        """Whether it stops nothing."""
        return self in (Verdict.PASS, Verdict.WAIVED)


@dataclass(frozen=True)
class Finding:
    """One answer of one check about one model. Renderings only show it.

    `observed`, `threshold` and `production` are numbers in the check's own unit, which `message` names;
    `interval` is (lower, upper) of `observed` in the same unit. `path` is relative to the repository's root.
    """

    check: str
    verdict: Verdict
    message: str
    model: str = ""
    path: str | None = None
    line: int | None = None
    column: int | None = None
    observed: float | str | None = None
    interval: tuple[float, float] | None = None
    threshold: float | str | None = None
    production: float | str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a finding points: a path relative to the repository's root, 1-based line and column."""

    path: str | None = None
    line: int | None = None
    column: int | None = None


def _finding(verdict: Verdict, message: str, at: Place | None, **more: Any) -> Finding:
    at = at or Place()
    return Finding("", verdict, message, path=at.path, line=at.line, column=at.column, **more)


def fail(message: str, at: Place | None = None, **more: Any) -> Finding:
    """The model is refused for this."""
    return _finding(Verdict.FAIL, message, at, **more)


def passed(message: str, at: Place | None = None, **more: Any) -> Finding:
    """Judged, and good."""
    return _finding(Verdict.PASS, message, at, **more)


def inconclusive(message: str, at: Place | None = None, **more: Any) -> Finding:
    """Judged, and the data do not suffice to say."""
    return _finding(Verdict.INCONCLUSIVE, message, at, **more)


def waived(message: str, at: Place | None = None, **more: Any) -> Finding:
    """Not judged, for a declared reason: the message names it."""
    return _finding(Verdict.WAIVED, message, at, **more)


def error(message: str, at: Place | None = None, **more: Any) -> Finding:
    """Could not be judged: the check or its input broke. Never a pass."""
    return _finding(Verdict.ERROR, message, at, **more)


@dataclass(frozen=True)
class Check:
    """A check: a function that asks for its inputs by parameter name and yields findings."""

    id: str
    family: str
    remedy: str
    function: Callable[..., Iterator[Finding]]
    section: str | None = None
    """The section of model.yaml that is this check's own; its function gets it as `policy`."""
    parameters: Any = None
    """The type of that section."""
    isolated: bool = False
    """Whether it loads a model or data and so runs in the child process."""
    needs: tuple[str, ...] = ()

    @property
    def waivable(self) -> bool:
        """Whether a waiver of model.yaml may name it."""
        return self.family not in NEVER_WAIVED

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
        for found in self.function(**{name: inputs[name] for name in self.needs}):
            good = found.verdict.good
            yield replace(found, check=self.id, remedy=found.remedy or (None if good else self.remedy))


_registry: dict[str, Check] = {}


def check(
    id: str,
    *,
    family: str,
    remedy: str,
    section: str | None = None,
    parameters: Any = None,
    isolated: bool = False,
) -> Callable[[Callable[..., Iterator[Finding]]], Callable[..., Iterator[Finding]]]:
    """Register a check. Raises ValueError for a second one of the same id, or an unknown family."""

    def register(function: Callable[..., Iterator[Finding]]) -> Callable[..., Iterator[Finding]]:
        if id in _registry or family not in FAMILIES:
            raise ValueError(f"check {id!r}: its id is taken or its family {family!r} is none of {FAMILIES}")
        needs = tuple(inspect.signature(function).parameters)
        _registry[id] = Check(id, family, remedy, function, section, parameters, isolated, needs)
        return function

    return register


def checks() -> dict[str, Check]:
    """Every check by id, in the order of the families, then of their ids."""
    package = importlib.import_module("validators.checks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"validators.checks.{module.name}")
    return dict(sorted(_registry.items(), key=lambda item: (FAMILIES.index(item[1].family), item[0])))


@dataclass(frozen=True)
class Report:
    """What a run of `sluice validate` found: all that any rendering shows."""

    findings: tuple[Finding, ...]
    seconds: float
    head: str | None = None
    """The commit judged, when it was one."""
    notes: tuple[str, ...] = ()
    """What line 1 must say: how untrusted code was limited, whether the pull request changes its own exam."""
    models: Mapping[str, Verdict] = field(default_factory=dict)
    versions: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    """(production's version, the judged version) by model, for the report's table."""

    @property
    def verdict(self) -> Verdict:
        """The worst finding."""
        return Verdict.worst([f.verdict for f in self.findings])
