from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support.judged import classes, embeddings, forecasts, label_sets, numbers, queries

from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.quality import quality
from sluicegate.validators.evaluation.estimates import tango
from sluicegate.validators.evaluation.evaluation_set import EvaluationSet, EvaluationSets
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.quality_rule import rule as of
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Verdict

DOCUMENT = parse(b"spec:\n  quality:\n    - {metric: one}\n    - {metric: another}\n", "models/m/model.yaml")
BINARY = SimpleNamespace(task="binary-classification")
AUC = of("roc_auc", not_worse_than="production", margin=0.01)
PER_SITE = of("recall", not_worse_than="production", margin=0.1, per="site", min_positives=30)


def predictions(scores):
    """Answers of a binary model with the threshold 0.5; [N, K] of several classes."""
    scores = np.asarray(scores, dtype=np.float64)
    decisions = (scores >= 0.5).astype(np.int64) if scores.ndim == 1 else scores.argmax(axis=1)
    return Predictions(np.zeros(len(scores), np.int64), scores, decisions)


def sample(seed=1, count=6_000, sites=6):
    """Labels, sites, and scores that know something of them."""
    random = np.random.default_rng(seed)
    labels = (random.random(count) < 0.4).astype(np.int64)
    scores = 1 / (1 + np.exp(0.3 - 1.5 * (labels - 0.4) - random.normal(size=count)))
    site = np.array([f"s{n}" for n in random.integers(0, sites, count)])
    return Rows("rows.csv", pd.DataFrame({"late": labels, "site": site}), labels), scores


def judge(
    rules,
    rows,
    scores,
    production,
    old_rules=(),
    base_rules=(),
    not_evaluated=(),
    name="its own rows",
    spec=BINARY,
):
    if isinstance(production, Predictions):
        production = replace(production, labels=rows.labels)
    own = EvaluationSet(name, rows, replace(predictions(scores), labels=rows.labels), production)
    reference_versions = tuple(
        ReferenceVersion(who, SimpleNamespace(sections={"quality": accepted}), None)
        for who, accepted in (("production", old_rules), ("the base", base_rules))
    )
    own_rows = EvaluationSets((own,), not_evaluated)
    findings = list(quality(tuple(rules), own_rows, reference_versions, spec, DOCUMENT))
    return Verdict.of([finding.verdict for finding in findings]), findings


def test_a_finding_is_at_its_rules_line_and_one_of_anothers_rule_at_the_section():
    rows, scores = sample()
    rules = [of("roc_auc", at_least=0.99), of("log_loss", at_most=0.01)]
    _, findings = judge(rules, rows, scores, predictions(scores), base_rules=[of("f1", at_least=0.9)])
    assert [(one.path, one.line) for one in findings] == [("models/m/model.yaml", at) for at in (3, 4, 2)]


@pytest.mark.parametrize(
    "rules", [[AUC], [PER_SITE], [of("log_loss", not_worse_than="production", margin=0.01)]]
)
def test_the_same_model_again_passes_each_comparison(rules):
    rows, scores = sample()
    verdict, findings = judge(rules, rows, scores, predictions(scores))
    assert verdict == Verdict.PASS
    assert findings[0].observed == 0


@pytest.mark.parametrize(
    ("rule", "verdict", "remedy"),
    [
        (of("roc_auc", at_least=0.99), Verdict.FAIL, "Train a better model, or correct the limit"),
        (of("roc_auc", at_least=0.8), Verdict.INCONCLUSIVE, "Add evaluation rows"),
        (AUC, Verdict.FAIL, "Train a better model than production's"),
        (of("roc_auc", at_least=0.5), Verdict.PASS, "None"),
    ],
)
def test_the_remedy_is_of_the_cause_at_hand(rule, verdict, remedy):
    rows, scores = sample(count=400)
    noisy = np.random.default_rng(5).normal(0, 0.2, len(scores)) + scores
    _, (finding,) = judge([rule], rows, noisy, predictions(rows.labels.astype(float)))
    assert (finding.verdict, str(finding.remedy)[: len(remedy)]) == (verdict, remedy)


def test_a_score_that_is_not_finite_is_not_told_to_train():
    rows, scores = sample(count=400)
    scores[3] = np.nan
    _, (finding,) = judge([AUC], rows, scores, predictions(scores))
    assert finding.verdict == Verdict.FAIL
    assert "gaps that the model does not take" in finding.remedy


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "recall", "f1", "log_loss", "brier"])
def test_a_model_that_knows_less_fails_each_metric(metric):
    rows, scores = sample()
    worse = np.clip(1 - scores, 0.01, 0.99)
    rule = of(metric, not_worse_than="production", margin=0.01)
    verdict, (finding,) = judge([rule], rows, worse, predictions(scores))
    assert verdict == Verdict.FAIL
    assert finding.production is not None
    better, _ = judge([rule], rows, scores, predictions(worse))
    assert better == Verdict.PASS


def test_an_interval_over_the_limit_is_inconclusive():
    rows, scores = sample(count=200)
    level = float(np.mean((scores >= 0.5) == rows.labels))
    verdict, (finding,) = judge([of("accuracy", at_least=level)], rows, scores, None)
    assert verdict == Verdict.INCONCLUSIVE
    assert finding.interval[0] < level < finding.interval[1]


def test_one_destroyed_segment_fails_and_is_named_while_the_average_stays():
    rows, scores = sample()
    hurt = np.where(rows.frame["site"] == "s3", scores * 0.3, scores)
    verdict, findings = judge([PER_SITE], rows, hurt, predictions(scores))
    assert verdict == Verdict.FAIL
    failed = [finding.message for finding in findings if finding.verdict == Verdict.FAIL]
    assert any("site s3" in message for message in failed)
    assert not any(f"site s{n}" in message for message in failed for n in (0, 1, 2, 4, 5))


def test_noise_in_many_small_segments_refuses_nobody():
    refused = 0
    for seed in range(20):
        rows, scores = sample(seed, count=4_000, sites=14)
        noise = np.random.default_rng(seed + 1_000).normal(scale=0.05, size=len(scores))
        verdict, _ = judge([PER_SITE], rows, np.clip(scores + noise, 0.001, 0.999), predictions(scores))
        refused += verdict == Verdict.FAIL
    assert refused == 0


def test_segments_share_the_confidence_so_one_of_many_fails_on_more_evidence_than_one_alone():
    count, sites = 100, 6
    alone = [lost for lost in range(count) if tango(0, lost, count, 0.95).upper < -0.1]
    among = [lost for lost in range(count) if tango(0, lost, count, 1 - 0.05 / sites).upper < -0.1]
    between = sorted(set(alone) - set(among))
    assert between
    labels = np.tile([1] * count + [0] * count, sites)
    site = np.repeat([f"s{n}" for n in range(sites)], 2 * count)
    rows = Rows("rows.csv", pd.DataFrame({"late": labels, "site": site}), labels)
    good = np.where(labels == 1, 0.9, 0.1)
    for lost, expected in ((between[-1], Verdict.INCONCLUSIVE), (among[0], Verdict.FAIL)):
        hurt = good.copy()
        hurt[:lost] = 0.1
        assert judge([PER_SITE], rows, hurt, predictions(good))[0] == expected


def test_small_segments_are_listed_and_judged_together():
    rows, scores = sample(count=3_000)
    site = rows.frame["site"].where(np.arange(3_000) % 50 > 0, "tiny" + rows.frame["site"])
    rows = replace(rows, frame=rows.frame.assign(site=site))
    hurt = np.where(site.str.startswith("tiny"), scores * 0.01, scores)
    rule = replace(PER_SITE, min_positives=20)
    verdict, findings = judge([rule], rows, hurt, predictions(scores))
    assert verdict == Verdict.FAIL
    assert "site other" in findings[0].message
    assert "not judged, pooled as other: tinys0 (" in findings[-1].message


def test_scores_that_are_no_numbers_fail_before_any_metric():
    rows, scores = sample(count=100)
    scores[:3] = np.nan
    verdict, (finding,) = judge([AUC], rows, scores, None)
    assert (verdict, finding.observed) == (Verdict.FAIL, 3)


def test_rows_on_which_production_has_no_number_are_left_out_of_the_comparison():
    rows, scores = sample()
    old = scores.copy()
    old[:100] = np.nan
    assert judge([AUC, PER_SITE], rows, scores, predictions(old))[0] == Verdict.PASS


def test_labels_of_one_class_are_inconclusive_and_no_crash():
    rows, scores = sample(count=100)
    rows = replace(rows, labels=np.zeros(100, dtype=np.int64))
    verdict, (finding,) = judge([AUC], rows, scores, predictions(scores))
    assert verdict == Verdict.INCONCLUSIVE
    assert "roc_auc needs 10 positives, and there are 0" in finding.message


def test_productions_rules_hold_beside_the_models_own():
    rows, scores = sample()
    lax, strict = of("roc_auc", at_least=0.1), of("roc_auc", at_least=0.99)
    verdict, findings = judge([lax], rows, scores, None, old_rules=(strict,))
    assert verdict == Verdict.FAIL
    assert "(production's rule)" in findings[1].message


def test_the_bases_rules_hold_though_it_was_never_released_and_each_is_judged_once():
    rows, scores = sample()
    lax, strict = of("roc_auc", at_least=0.1), of("roc_auc", at_least=0.99)
    verdict, findings = judge([lax], rows, scores, None, old_rules=(lax,), base_rules=(lax, strict))
    assert verdict == Verdict.FAIL
    assert [finding.verdict for finding in findings] == [Verdict.PASS, Verdict.FAIL]
    assert "(the base's rule)" in findings[1].message


@pytest.mark.parametrize(
    ("production", "verdict", "says"),
    [
        (None, Verdict.SKIPPED, "first version"),
        ("the rows have no column hour", Verdict.INCONCLUSIVE, "no column hour"),
        (predictions(np.full((6_000, 3), 0.3)), Verdict.INCONCLUSIVE, "another number of classes"),
    ],
)
def test_where_nothing_can_be_compared_it_is_said(production, verdict, says):
    rows, scores = sample()
    for rule in (AUC, PER_SITE):
        found, (finding,) = judge([rule], rows, scores, production)
        assert found == verdict
        assert says in finding.message
        own = rule.estimate(replace(predictions(scores), labels=rows.labels))
        assert (finding.observed, finding.interval) == (own.value, (own.lower, own.upper))


def test_a_first_version_whose_figure_cannot_be_computed_is_inconclusive():
    rows, scores = sample(count=100)
    rows = replace(rows, labels=np.zeros(100, dtype=np.int64))
    verdict, (finding,) = judge([AUC], rows, scores, None)
    assert verdict == Verdict.INCONCLUSIVE
    assert "roc_auc needs 10 positives, and there are 0" in finding.message
    assert finding.remedy.startswith("Give it what it needs, or choose one of accuracy, brier,")


def test_without_rules_the_tasks_metrics_are_named():
    one, _ = numbers(np.random.default_rng(1), 100)
    verdict, (finding,) = judge_task("regression", [], one, None)
    assert verdict == Verdict.INCONCLUSIVE
    assert finding.remedy == "Add a rule about one of bias, mae, mape, pinball, r2, rmse."


def test_no_rule_is_no_pass_and_accepted_rows_that_cannot_be_judged_are_inconclusive():
    rows, scores = sample(count=100)
    assert judge([], rows, scores, None)[0] == Verdict.INCONCLUSIVE
    _, findings = judge([AUC], rows, scores, predictions(scores), not_evaluated=("no column x",))
    assert (findings[0].verdict, findings[0].message) == (Verdict.INCONCLUSIVE, "no column x")


def judge_task(task, rules, candidate, production, columns=()):
    rows = Rows("rows.csv", pd.DataFrame(dict(columns), index=range(len(candidate))), candidate.labels)
    own = EvaluationSet("its own rows", rows, candidate, production)
    findings = list(quality(tuple(rules), EvaluationSets((own,)), (), SimpleNamespace(task=task), DOCUMENT))
    return Verdict.of([finding.verdict for finding in findings]), findings


@pytest.mark.parametrize(
    ("task", "draw", "metric"),
    [
        ("regression", numbers, "mae"),
        ("forecasting", forecasts, "rmse"),
        ("ranking", queries, "ndcg"),
        ("multi-label", label_sets, "f1"),
        ("multiclass-classification", classes, "roc_auc_ovr"),
        ("retrieval", embeddings, "recall_at_k"),
    ],
)
def test_each_task_is_judged_by_its_own_metrics(task, draw, metric):
    worse, better = draw(np.random.default_rng(1), 3_000)
    own = {"k": 1} if metric == "recall_at_k" else {}
    rule = of(metric, not_worse_than="production", margin=0.002, **own)
    assert judge_task(task, [rule], better, worse)[0] == Verdict.PASS
    verdict, (finding,) = judge_task(task, [rule], worse, better)
    assert verdict == Verdict.FAIL
    assert finding.production is not None


def test_a_metric_of_another_task_is_inconclusive_and_the_fitting_ones_are_named():
    one, other = numbers(np.random.default_rng(1), 100)
    verdict, (finding,) = judge_task("regression", [of("roc_auc", at_least=0.5)], one, other)
    assert verdict == Verdict.INCONCLUSIVE
    assert "roc_auc is no metric of regression" in finding.message
    assert finding.remedy == "Choose one of bias, mae, mape, pinball, r2, rmse."


def test_the_agreement_with_production_is_a_level():
    one, other = embeddings(np.random.default_rng(1), 500)
    rules = [of("cosine_to_production", at_least=0.5), of("neighbour_overlap", at_least=0.99)]
    _, (passes, fails) = judge_task("retrieval", rules, one, other)
    assert (passes.verdict, fails.verdict) == (Verdict.PASS, Verdict.FAIL)
    _, findings = judge_task("retrieval", rules, one, None)
    assert {finding.verdict for finding in findings} == {Verdict.SKIPPED}
    assert "first version" in findings[0].message


def by_query(judged, random):
    """A column with one value for each query."""
    return random.integers(0, 3, judged.groups.max() + 1)[judged.groups]


def test_a_segment_of_a_ranking_has_whole_queries():
    random = np.random.default_rng(2)
    one, _ = queries(random, 1_500)
    rule = of("ndcg", not_worse_than="production", margin=0.05, per="site", min_positives=50)
    site = by_query(one, random)
    hurt = replace(one, scores=np.where(site == 2, random.normal(size=len(one)), one.scores))
    verdict, findings = judge_task("ranking", [rule], hurt, one, {"site": site})
    failed = [finding.message for finding in findings if finding.verdict == Verdict.FAIL]
    assert verdict == Verdict.FAIL
    assert "site 2" in failed[0] and not any("site 0" in message for message in failed)
    assert judge_task("ranking", [rule], one, one, {"site": site})[0] == Verdict.PASS


def test_a_query_in_several_segments_is_inconclusive_with_the_count():
    one, other = queries(np.random.default_rng(3), 200)
    rule = of("mrr", not_worse_than="production", margin=0.05, per="site", min_positives=50)
    site = np.where(one.groups < 3, np.arange(len(one)) % 2, 0)
    verdict, (finding,) = judge_task("ranking", [rule], one, other, {"site": site})
    assert verdict == Verdict.INCONCLUSIVE
    assert "3 of 200 queries have rows in several segments of site" in finding.message


def test_a_query_that_production_answers_in_part_is_left_out_whole():
    one, other = queries(np.random.default_rng(4), 200)
    scores = other.scores.astype(float)
    scores[one.groups < 5] = np.where(np.arange((one.groups < 5).sum()) % 2, np.nan, 1.0)
    rule = of("mrr", not_worse_than="production", margin=0.5)
    _, (finding,) = judge_task("ranking", [rule], one, replace(other, scores=scores))
    kept = np.flatnonzero(one.groups >= 5)
    expected = rule.difference(one.at(kept), other.at(kept))
    assert finding.observed == expected.value


@pytest.mark.parametrize("broken", [3, 100], ids=["in the gallery", "a query"])
def test_of_a_retrieval_only_the_row_itself_is_left_out_that_production_gives_no_embedding(broken):
    one, other = embeddings(np.random.default_rng(4), 500)
    values = other.values.copy()
    values[broken] = np.nan
    rule = of("recall_at_k", k=1, not_worse_than="production", margin=0.5)
    _, (finding,) = judge_task("retrieval", [rule], one, replace(other, values=values))
    kept = np.delete(np.arange(len(one)), broken)
    assert finding.observed == rule.difference(one.at(kept), other.at(kept)).value


def test_small_segments_of_a_regression_are_counted_by_rows():
    one, other = numbers(np.random.default_rng(5), 1_000)
    site = np.where(np.arange(1_000) < 40, "small", "large")
    rule = of("mae", not_worse_than="production", margin=0.5, per="site")
    _, findings = judge_task("regression", [rule], one, other, {"site": site})
    assert "not judged, pooled as other: small (40)" in findings[-1].message
