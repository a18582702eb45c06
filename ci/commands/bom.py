"""`sluice bom`: a model's bill of materials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.validators.runner.finding import Report


@click.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE",
    help="What `sluice validate --format json` wrote of it: its metrics.",
)  # fmt: skip
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
    bill = ml_bom(spec, None, None, read_directory(tree, spec), _report(report))
    click.echo(json.dumps(bill, indent=2, sort_keys=True))


def _report(file: Path | None) -> Report | None:
    """Raises InputError for a file that no `sluice validate` wrote."""
    if file is None:
        return None
    from sluicegate.ci.github.artifact import Refused, report_of

    try:
        return report_of(json.loads(file.read_bytes()))
    except (ValueError, Refused) as problem:
        remedy = "give what `sluice validate --format json` writes"
        raise InputError.of(f"is not a report: {problem}", remedy, str(file)) from problem
