"""Where a registered model comes from, as `lineage` has it: run, figures, code and dataset."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sluicegate.specs.artifacts.sources.mlflow import answered
from sluicegate.specs.lineage import MOST_FIGURES

_LONGEST = 1000
"""Characters of a text in model.yaml (`specs.values.Text`)."""


def lineage_of(version: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`spec.lineage` of MLflow's `ModelVersion`, and what its owner should know of it."""
    if not version.run_id:
        return {}, ("MLflow names no run of it: lineage has no run, metrics or parameters",)
    with answered(f"mlflow:/runs/{version.run_id}"):
        from mlflow import MlflowClient

        run = MlflowClient().get_run(version.run_id)
    lineage: dict[str, Any] = {"run": f"mlflow:/{run.info.experiment_id}/{version.run_id}"}
    if code := _code(run.data.tags):
        lineage["code"] = code
    if dataset := _dataset(run):
        lineage["dataset"] = dataset
    metrics = {name: value for name, value in sorted(run.data.metrics.items()) if math.isfinite(value)}
    parameters = {name: str(value)[:_LONGEST] for name, value in sorted(run.data.params.items()) if value}
    notes = []
    for key, figures in (("metrics", metrics), ("parameters", parameters)):
        kept = dict(list(figures.items())[:MOST_FIGURES])
        if len(kept) < len(figures):
            notes.append(f"lineage.{key} has {len(kept)} of the run's {len(figures)}")
        lineage[key] = kept or None
    return lineage, tuple(notes)


def _code(tags: Mapping[str, str]) -> str | None:
    """Address and commit, or the program and the commit."""
    commit = tags.get("mlflow.source.git.commit")
    address = tags.get("mlflow.source.git.repoURL") or tags.get("mlflow.gitRepoURL")
    if commit and address:
        scheme = "" if address.startswith("git+") else "git+"
        return f"{scheme}{_without_credentials(address)}@{commit}"[:_LONGEST]
    program = tags.get("mlflow.source.name", "")
    return (f"{program}@{commit}" if commit else program)[:_LONGEST] or None


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    if not parts.hostname:
        return address
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _dataset(run: Any) -> str | None:
    """Name and digest of each dataset that the run read, as MLflow computes digests."""
    read = run.inputs.dataset_inputs if run.inputs else []
    return ", ".join(f"{one.dataset.name}@{one.dataset.digest}" for one in read)[:_LONGEST] or None
