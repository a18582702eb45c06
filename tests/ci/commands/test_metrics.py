from __future__ import annotations

import json
from pathlib import Path

from sluicegate.validators.evaluation.metrics.base import metrics

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_every_metric_with_title_and_explanation(sluice) -> None:
    text = " ".join(sluice("metrics").output.split())
    for name, declared in metrics().items():
        for said in (name, declared.title(), declared.explanation()):
            assert " ".join(said.split()) in text


def test_json_of_one_task(sluice) -> None:
    rows = {row["metric"]: row for row in json.loads(sluice("metrics", "--json", "--task", "ranking").output)}
    assert set(rows) == {"ndcg", "map", "mrr", "hit_rate"}
    assert rows["ndcg"]["unit"] == "query"
    assert rows["ndcg"]["parameters"]["k"]["default"] == 10
    assert "at_least" not in rows["ndcg"]["parameters"]


def test_a_task_without_metrics_is_refused_with_those_that_have_some(sluice) -> None:
    result = sluice("metrics", "--task", "regresion")
    assert result.exit_code == 2
    assert "name one of binary-classification, " in " ".join(result.output.split())


def test_a_parameter_that_is_needed_is_said_to_be(sluice) -> None:
    assert "at least 10 (required)" in " ".join(sluice("metrics").output.split())


def test_the_page_of_the_docs_is_what_the_metrics_declare(sluice) -> None:
    assert sluice("metrics", "--markdown").output == PAGE.read_text(encoding="utf-8")
