"""Each expectation is one finding, at its line; those that were accepted before hold as well.

What each kind refuses is a directory of tests/examples/bad/expectations.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from support.small_models import LABEL_AND_PROBABILITIES, classifier, model_spec

from sluicegate.specs.model_tests import Change, Direction, Golden, Invariance, ModelTests
from sluicegate.validators.checks.expectations import expectations
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Finding, Position, Verdict
from sluicegate.validators.submission.files import ModelFiles

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES)
FILES = ModelFiles("models/m", {}, Path("nowhere"))
UP = Direction("more a", Change("a", add=1), "rises")
DOWN = Direction("less b", Change("b", add=1), "falls")
LINE = Position("models/m/model.yaml", 40, 9)


def judge(own: ModelTests | None, base: ModelTests | None = None, frame=None) -> list[Finding]:
    frame = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 2.0]}) if frame is None else frame
    versions = ()
    if base is not None:
        versions = (ReferenceVersion("the base", replace(SPEC, sections={"tests": base}), FILES),)
    return list(
        expectations(
            own,
            SPEC,
            classifier(),
            Rows("evaluation.csv", frame, np.zeros(len(frame), dtype=int)),
            FILES,
            reference_versions=versions,
            expectation_positions={UP.name: LINE},
        )
    )


def test_one_finding_for_each_expectation_at_its_line():
    up, down = judge(ModelTests(directional=(UP, replace(DOWN, score="rises"))))
    assert (up.verdict, up.path, up.line) == (Verdict.PASS, LINE.path, 40)
    assert up.message == "direction 'more a': holds on 2 of 2 rows"
    assert (down.verdict, down.observed, down.threshold) == (Verdict.FAIL, 0.0, 1.0)
    assert down.message.startswith("direction 'less b': holds on 0 of 2 rows; row 1 of evaluation.csv: ")


def test_without_expectations_nothing_is_held():
    assert [finding.verdict for finding in judge(None)] == [Verdict.SKIPPED]


def test_what_the_base_expects_holds_though_it_was_removed():
    (finding,) = judge(None, ModelTests(directional=(replace(UP, score="falls"),)))
    assert finding.verdict == Verdict.FAIL
    assert finding.message.startswith("direction 'more a' (the base's expectation): holds on 0 of 2 rows")


def test_what_both_expect_is_held_once():
    assert len(judge(ModelTests(directional=(UP,)), ModelTests(directional=(UP,)))) == 1


def test_golden_rows_of_the_base_are_an_older_versions_answers():
    assert [finding.verdict for finding in judge(None, ModelTests(golden=(Golden("g", file="g.csv"),)))] == [
        Verdict.SKIPPED
    ]


def test_what_cannot_be_held_is_a_fail_of_its_owner_and_inconclusive_for_the_base():
    odd = ModelTests(invariant=(Invariance("c", Change("c", add=1)),))
    assert [finding.verdict for finding in judge(odd)] == [Verdict.FAIL]
    assert [finding.verdict for finding in judge(None, odd)] == [Verdict.INCONCLUSIVE]


def test_without_a_row_to_change_it_is_inconclusive():
    gaps = pd.DataFrame({"a": [np.nan], "b": [1.0]})
    (finding,) = judge(ModelTests(directional=(UP,)), frame=gaps)
    assert (finding.verdict, "no row has a value of a" in finding.message) == (Verdict.INCONCLUSIVE, True)
