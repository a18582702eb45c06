"""Whether single answers are what the owner expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_tests import Direction, Expectation, Golden, Invariance, ModelTests
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.finding import Finding, Position, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.expected.outcome import Outcome
    from sluicegate.validators.evaluation.rows import Rows

KINDS = {
    "golden": "known answer",
    "invariant": "invariance",
    "directional": "direction",
    "must_answer": "must be answered",
}


@check(
    "expectations",
    family="quality",
    section="tests",
    parameters=ModelTests,
    isolated=True,
    remedy="Look at the row that is named: correct the model, or the expectation if that was wrong.",
)
def expectations(
    rules: ModelTests | None,
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    files: ModelFiles,
    *,
    reference_versions: tuple[ReferenceVersion, ...],
    expectation_positions: Mapping[str, Position],
) -> Iterator[Finding]:
    """Single answers are what `tests` of model.yaml expects of them.

    Golden rows get their known answers, a change that should not matter changes nothing, one that should
    matter moves the score the right way, and extremes and gaps are answered with finite numbers. A mean over
    all rows, which `quality` judges, hides each of these faults. The expectations of production and of the
    base hold as well, golden rows excepted: those are one version's answers. Where one of theirs cannot be
    held against this model, as when columns were renamed, that is inconclusive.
    """
    expected = list(_expected(rules, reference_versions))
    if not expected:
        yield skipped("model.yaml declares no `tests`")
    for one in expected:
        at = expectation_positions.get(one.expectation.name) if one.whose is None else None
        words = f"{KINDS[one.kind]} {one.expectation.name!r}"
        if one.whose is not None:
            words += f" ({one.whose}'s expectation)"
        try:
            outcome = _outcome(one.expectation, spec, session, evaluation, files)
        except Undefined as problem:
            yield inconclusive(f"{words}: {problem}", at)
        except Unavailable as problem:
            refuse = fail if one.whose is None else inconclusive
            yield refuse(f"{words}: {problem.reason}", at, remedy=problem.remedy)
        else:
            judged = passed if outcome.holds else fail
            kept = (outcome.rows - outcome.broken) / max(outcome.rows, 1)
            yield judged(f"{words}: {outcome}", at, observed=kept, threshold=outcome.share)


@dataclass(frozen=True)
class _Expected:
    kind: str
    expectation: Expectation
    whose: str | None = None
    """`production` or `the base`; None for the model's own."""


def _expected(own: ModelTests | None, versions: Sequence[ReferenceVersion]) -> Iterator[_Expected]:
    """The model's own expectations, then those of accepted versions that it does not have itself."""
    known: list[Expectation] = []
    sources = [(None, own), *((version.who, _lasting(version)) for version in versions)]
    for whose, tests in sources:
        for kind, _, one in tests.each() if tests is not None else ():
            if one not in known:
                known.append(one)
                yield _Expected(kind, one, whose)


def _lasting(version: ReferenceVersion) -> ModelTests | None:
    tests = version.spec.sections.get("tests")
    return tests.lasting() if isinstance(tests, ModelTests) else None


def _outcome(
    one: Expectation, spec: ModelSpec, session: InferenceSession, evaluation: Rows, files: ModelFiles
) -> Outcome:
    """Raises Unavailable and Undefined."""
    from sluicegate.validators.evaluation.expected.behaviour import directional, invariant
    from sluicegate.validators.evaluation.expected.given import golden, must_answer

    if isinstance(one, Golden):
        return golden(session, spec, files, one)
    if isinstance(one, Invariance):
        return invariant(session, spec, evaluation, one)
    if isinstance(one, Direction):
        return directional(session, spec, evaluation, one)
    return must_answer(session, spec, evaluation, one)
