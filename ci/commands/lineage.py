"""`sluice lineage`: where a model's version comes from."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option


@click.command()
@model_argument
@root_option
def lineage(model: str, root: Path) -> None:
    """Show where the version in models/MODEL comes from: run, code, dataset, figures, and its artifact.

    A run of MLflow is shown by its address where MLFLOW_TRACKING_URI names a server.
    """
    from sluicegate.ci.model_reader import load
    from sluicegate.ci.report.columns import in_columns
    from sluicegate.specs.layout import model_directory
    from sluicegate.specs.repository import require_model
    from sluicegate.validators.submission.lineage import lineage_rows

    tree = checkout(root).tree()
    require_model(tree, model)
    _, spec = load(tree, model_directory(model))
    rows = [("version", str(spec.version)), ("artifact", spec.artifact.sha256), *lineage_rows(spec.lineage)]
    for line in (line for cells in in_columns(rows, 120, ()) for line in cells):
        click.echo(line)
