"""`sluice columns`: what the gate `input_drift` needs of a model's reference data."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option


@click.command()
@model_argument
@click.argument("columns", nargs=-1, required=True, metavar="COLUMN...")
@root_option
def columns(model: str, columns: tuple[str, ...], root: Path) -> None:
    """Print an input_drift gate for these columns: deciles or values, and their shares of the reference."""
    from sluicegate.gate.metrics.base import gates
    from sluicegate.specs import layout, repository
    from sluicegate.specs.model_file import load_model
    from sluicegate.specs.yamlio import InputError
    from sluicegate.validators.evaluation.input_shares import proposal
    from sluicegate.validators.evaluation.tables import read_frame
    from sluicegate.validators.runner.inputs import Unavailable
    from sluicegate.validators.submission.files import materialise

    tree = checkout(root).tree()
    path = layout.model_path(model)
    spec = load_model(repository.read(tree, path), gates=gates(), sections=None)
    with tempfile.TemporaryDirectory() as copy:
        files = materialise(tree, layout.model_directory(model), Path(copy) / "model")
        try:
            frame = read_frame(files, spec.data.reference, spec)
            lines = [proposal(frame, spec, name) for name in columns]
        except Unavailable as problem:
            raise InputError.of(problem.reason, "name columns of its inputs and data", path) from problem
    click.echo("- metric: input_drift\n  columns:")
    for line in lines:
        click.echo(f"    {line}")
