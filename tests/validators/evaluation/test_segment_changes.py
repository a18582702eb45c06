import numpy as np
import pandas as pd
from support.judged import metric

from sluicegate.validators.evaluation.evaluation_set import EvaluationSet
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.evaluation.segment_changes import changes

AUC = metric("roc_auc")


def judged(hurt=None, sites=4, count=4_000):
    """Two versions on the same rows; the candidate knows nothing of the site `hurt`."""
    random = np.random.default_rng(1)
    labels = (random.random(count) < 0.4).astype(np.int64)
    scores = 1 / (1 + np.exp(0.3 - 1.5 * labels - random.normal(size=count)))
    site = np.array([f"s{n}" for n in random.integers(0, sites, count)])
    own = np.where(site == hurt, random.random(count), scores)
    rows = Rows("rows.csv", pd.DataFrame({"site": site}), labels)
    made = EvaluationSet("own", rows, Predictions(labels, scores=own), Predictions(labels, scores=scores))
    return changes(AUC, made, made.paired, ["site"])


def test_the_segment_that_changed_most_comes_first_and_is_beyond_chance() -> None:
    found, left_out = judged("s2")
    assert left_out == []
    assert found[0].name == "site s2"
    assert [one.name for one in found if one.beyond_chance] == ["site s2"]
    assert found[0].candidate.value < found[0].production.value
    assert found[0].gap.upper < 0


def test_the_same_answers_change_nowhere() -> None:
    found, _ = judged()
    assert len(found) == 4
    assert not any(one.beyond_chance or one.gap.value for one in found)


def test_small_segments_and_missing_columns_are_said() -> None:
    found, left_out = judged(sites=100, count=1_000)
    assert [one.name for one in found] == ["site other"]
    assert left_out == ["100 of site are too small, and pooled as other"]
    rows = Rows("rows.csv", pd.DataFrame({"a": [1]}), np.array([1]))
    answers = Predictions(rows.labels, scores=np.array([0.5]))
    made = EvaluationSet("own", rows, answers, answers)
    assert changes(AUC, made, made.paired, ["site"]) == ([], ["the rows have no column site"])
