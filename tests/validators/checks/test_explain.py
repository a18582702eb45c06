from dataclasses import replace

import numpy as np
import pandas as pd
from support.small_models import LABEL_AND_PROBABILITIES, classifier, decide, model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.checks import explain
from sluicegate.validators.checks.explain import column_importance, segment_changes
from sluicegate.validators.evaluation.evaluation_set import EvaluationSet, EvaluationSets
from sluicegate.validators.evaluation.quality_rule import rule
from sluicegate.validators.evaluation.rows import Rows, predict
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.registry import checks

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES, decision=decide("probabilities", 1))
SWAPPED = replace(
    SPEC, signature=replace(SPEC.signature, inputs=(Tensor("x", "float32", ("batch", 2), ("b", "a")),))
)
"""The same model with its columns the wrong way round."""


def sample(count=500):
    random = np.random.default_rng(1)
    values = random.normal(size=(count, 2))
    labels = (2 * values[:, 0] - values[:, 1] + random.normal(size=count) > 0).astype(np.int64)
    frame = pd.DataFrame({"a": values[:, 0], "b": values[:, 1], "site": np.where(values[:, 0] > 0, "n", "s")})
    return Rows("rows.csv", frame, labels)


def importance(spec=SPEC, production=None, rows=None):
    rival = (classifier(), production) if production else None
    return list(column_importance(spec, classifier(), rows or sample(), (), rival))


def by_part(findings):
    return {finding.part: finding for finding in findings if finding.part is not None}


def test_columns_come_with_both_versions_intervals_and_the_changed_ones_are_marked():
    summary, *columns = importance(production=SWAPPED)
    assert "loss of roc_auc where a column is shuffled, 5 times, on 500 rows" in summary.message
    assert "2 of 2 columns changed beyond the intervals: a, b" in summary.message
    found = by_part(columns)
    assert found["a"].message == "a: changed beyond the intervals"
    assert found["a"].observed > found["a"].production
    assert found["a"].interval[0] > found["a"].production_interval[1]
    assert {finding.verdict for finding in (summary, *columns)} == {Verdict.PASS}


def test_the_most_important_column_comes_first_and_a_first_version_stands_alone():
    summary, first, second = importance()
    assert (first.part, second.part) == ("a", "b")
    assert first.observed > second.observed
    assert first.production is first.production_interval is None
    assert summary.message.endswith("on 500 rows; 2 columns, and nothing to compare them with")


def test_it_is_told_in_the_metric_of_the_first_rule_that_the_task_has():
    rules = (rule("mae", at_most=1), rule("brier", at_most=0.2), rule("roc_auc", at_least=0.5))
    summary, *_ = importance(replace(SPEC, sections={"quality": rules}))
    assert summary.message.startswith("loss of brier")


def test_a_renamed_column_leaves_production_out_and_says_so():
    (tensor,) = SPEC.signature.inputs
    renamed = replace(SPEC.signature, inputs=(replace(tensor, columns=("a", "old_b")),))
    summary, *columns = importance(production=replace(SPEC, signature=renamed))
    assert summary.message.endswith("production is left out: the rows have no column old_b")
    assert all(finding.production is None for finding in columns)


def test_what_is_no_table_is_skipped_with_the_reason():
    (finding,) = importance(replace(SPEC, task="retrieval"))
    assert finding.verdict == Verdict.SKIPPED
    rows = sample()
    lists = rows.frame.assign(a=[[1.0, 2.0]] * len(rows))
    (finding,) = importance(rows=replace(rows, frame=lists))
    assert (finding.verdict, finding.message) == (
        Verdict.SKIPPED,
        "not shown: no table, since the column a holds lists",
    )


def test_what_there_was_no_time_for_is_named(monkeypatch):
    monkeypatch.setattr(explain, "SECONDS", 0.0)
    (summary,) = importance()
    assert summary.message.endswith("left out, as 0 s were used up: 2 columns (a, b)")


def segments(production, columns=("site",)):
    spec = replace(SPEC, data=replace(SPEC.data, segments=columns))
    rows = sample()
    old = production if production is None else predict(classifier(), production, rows)
    own = EvaluationSet("its own rows", rows, predict(classifier(), spec, rows), old)
    return list(segment_changes(spec, EvaluationSets((own,)), ()))


def test_segments_that_changed_are_told_with_both_figures():
    summary, *found = segments(SWAPPED)
    assert "roc_auc in 2 segments; 2 changed beyond chance: site " in summary.message
    assert set(by_part(found)) == {"site n", "site s"}
    for finding in found:
        assert finding.observed > finding.production
        assert finding.message.endswith(": changed beyond chance")
    assert "0 changed beyond chance" in segments(SPEC)[0].message


def test_without_production_or_segments_there_is_nothing_to_show():
    for findings in (segments(None), segments(SPEC, ())):
        assert [finding.verdict for finding in findings] == [Verdict.SKIPPED]


def test_neither_can_stop_anything():
    assert checks()["column-importance"].informative
    assert checks()["segment-changes"].informative
