"""Where a version comes from, in words: pages where they are known, and nothing made up."""

from __future__ import annotations

from sluicegate.specs.lineage import Lineage
from sluicegate.validators.submission.lineage import lineage_rows, origin

SERVER = {"MLFLOW_TRACKING_URI": "https://mlflow.example.org/"}


def test_a_run_and_a_commit_are_shown_by_their_pages() -> None:
    lineage = Lineage(
        code="git+https://git.example.org/team/train.git@3c1e3c1e",
        run="mlflow:/1/ab12",
        metrics={"auc": 0.7100000001},
        parameters={"depth": "6"},
    )
    assert lineage_rows(lineage, SERVER) == [
        ("run", "https://mlflow.example.org/#/experiments/1/runs/ab12"),
        ("code", "https://git.example.org/team/train/commit/3c1e3c1e"),
        ("metrics", "auc 0.71"),
        ("parameters", "depth 6"),
    ]


def test_what_has_no_page_stays_as_it_is_declared() -> None:
    lineage = Lineage(code="train.py --version 2", run="mlflow:/1/ab12", dataset="flights@8f3a")
    for environment in ({}, {"MLFLOW_TRACKING_URI": "databricks"}, {"MLFLOW_TRACKING_URI": "https://u:p@h"}):
        assert lineage_rows(lineage, environment) == [
            ("run", "mlflow:/1/ab12"), ("code", "train.py --version 2"), ("dataset", "flights@8f3a"),
        ]  # fmt: skip


def test_nothing_declared_is_nothing_shown() -> None:
    assert lineage_rows(Lineage(), SERVER) == []


def test_the_origin_is_one_line_without_figures() -> None:
    lineage = Lineage(run="mlflow:/1/ab12", dataset="sha256:8f3a", metrics={"auc": 0.7})
    assert origin(lineage, {}) == "run mlflow:/1/ab12, dataset sha256:8f3a"
