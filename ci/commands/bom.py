"""`sluice bom`: a model's bill of materials."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option
from sluicegate.ci.commands._report_option import read_report, report_option


@click.command()
@model_argument
@report_option("What `sluice validate --format json` wrote of it: its metrics.")
@root_option
def bom(model: str, report: Path | None, root: Path) -> None:
    """Print the bill of materials of models/MODEL as it is on disk: CycloneDX 1.6, an ML-BOM.

    Its artifact and data by digest, task, graph, signature, licence, pinned requirements, lineage. The same
    files give the same bytes.
    """
    from sluicegate.ci.github.ml_bom import ml_bom
    from sluicegate.ci.github.model_directory import read_directory
    from sluicegate.ci.model_reader import load
    from sluicegate.specs.layout import model_directory
    from sluicegate.specs.repository import require_model

    tree = checkout(root).tree()
    require_model(tree, model)
    _, spec = load(tree, model_directory(model))
    bill = ml_bom(spec, None, None, read_directory(tree, spec), read_report(report))
    click.echo(json.dumps(bill, indent=2, sort_keys=True))
