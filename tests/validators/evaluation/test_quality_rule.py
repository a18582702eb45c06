"""Rules as model.yaml writes them: a metric, its parameters, and what it must show."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from sluicegate.ci.model_reader import sections
from sluicegate.specs.model_file import sections_shape
from sluicegate.specs.yamlio import parse
from sluicegate.validators.evaluation.metrics.base import metrics
from sluicegate.validators.evaluation.quality_rule import rule

SHAPE = sections_shape((("quality", sections()["quality"]),))


def read(text):
    """The rules of a section, and what is wrong with it."""
    document = parse(f"quality:\n  - {text}\n".encode(), "model.yaml")
    typed, problems = SHAPE.read(document, document.checked().value)
    return (None if typed is None else typed.quality), problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{metric: roc_auc, at_least: 0.64}", rule("roc_auc", at_least=0.64)),
        ("{metric: ndcg, k: 3, at_least: 0.5}", rule("ndcg", k=3, at_least=0.5)),
        ("{metric: pinball, quantile: 0.9, at_most: 2.5}", rule("pinball", quantile=0.9, at_most=2.5)),
        (
            "{metric: recall, average: macro, not_worse_than: production, margin: 0.05, per: site}",
            rule("recall", average="macro", not_worse_than="production", margin=0.05, per="site"),
        ),
    ],
)
def test_a_rule_is_read_with_the_parameters_of_its_metric(text, expected):
    assert read(text) == ((expected,), [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{metric: auc, at_least: 0.5}", "no metric is called 'auc'"),
        ("{at_least: 0.5}", "metric is missing"),
        ("{metric: mae, k: 3, at_most: 1.0}", "no such key"),
        ("{metric: precision_at_k, at_least: 0.5}", "k is missing"),
        ("{metric: pinball, quantile: 1.0, at_most: 1.0}", "less than 1"),
        ("{metric: recall, average: mean, at_least: 0.5}", "should be"),
    ],
)
def test_what_a_metric_does_not_have_is_refused_with_its_line(text, says):
    _, problems = read(text)
    assert any(says in problem.message for problem in problems), problems
    assert all(problem.line == 2 and problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"at_least": 0.5, "at_most": 0.6},
        {"at_least": 0.5, "margin": 0.1},
        {"not_worse_than": "production"},
        {"at_least": 0.5, "per": "site"},
    ],
)
def test_a_rule_says_exactly_one_thing(wrong):
    with pytest.raises(ValueError, match=r"name one of|goes with"):
        rule("recall", **wrong)


def test_an_agreement_with_production_is_not_compared_with_it_again():
    with pytest.raises(ValueError, match="compares with production already: name an at_least"):
        rule("cosine_to_production", not_worse_than="production", margin=0.1)


def test_a_rule_is_named_with_what_it_needs():
    assert str(rule("ndcg", k=3, at_least=0.5)) == "ndcg (k 3) at least 0.5"
    assert str(rule("mae", at_most=2)) == "mae at most 2"
    worse = rule("recall", not_worse_than="production", margin=0.05, per="site")
    assert str(worse) == "recall not worse than production by 0.05, per site"


@pytest.mark.parametrize("name", sorted(metrics()))
def test_every_rule_reaches_a_process_that_has_made_none(name):
    own = {"k": 20} if name == "precision_at_k" else {}
    made = rule(name, at_least=0.5, **own)
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_process_that_imported_nothing_reads_a_rule():
    sent = pickle.dumps((rule("ndcg", k=3, at_least=0.5), sections()["quality"]))
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer)[0])"
    done = subprocess.run([sys.executable, "-P", "-c", code], input=sent, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "ndcg (k 3) at least 0.5"
