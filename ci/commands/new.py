"""`sluice new model`: a complete directory from an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.specs.model import Task


@click.group()
def new() -> None:
    """Create a model directory."""


@new.command()
@click.argument("name")
@click.option("--onnx", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The model.")
@click.option(
    "--reference", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A sample of what it was trained on, .parquet or .csv.",
)  # fmt: skip
@click.option(
    "--evaluation", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Held-out rows with labels, .parquet or .csv.",
)  # fmt: skip
@click.option("--label", required=True, metavar="COLUMN", help="The label's column.")
@click.option(
    "--owner",
    "owners",
    required=True,
    multiple=True,
    metavar="WHO",
    help="A person or team that owns it; may be repeated.",
)
@click.option("--task", required=True, type=click.Choice(get_args(Task)), help="What the model predicts.")
@click.option(
    "--columns",
    metavar="A,B,...",
    help="The input's columns in order [default: the table's, less the label].",
)
@root_option
def model(  # noqa: PLR0917 - click passes them by name
    name: str,
    onnx: Path,
    reference: Path,
    evaluation: Path,
    label: str,
    owners: tuple[str, ...],
    task: str,
    columns: str | None,
    root: Path,
) -> None:
    """Create models/NAME from an ONNX file: model.yaml with signature and digests, data, model card."""
    from sluicegate.ci.scaffold.directory import create
    from sluicegate.ci.scaffold.new_model import NewModel

    top = checkout(root).tree().root
    names = tuple(part.strip() for part in columns.split(",")) if columns else ()
    new_model = NewModel(name, onnx, reference, evaluation, label, owners, task, names)
    directory, notes = create(top, new_model)
    click.echo(f"wrote {directory.relative_to(top)}/")
    for note in (
        *notes,
        "write the model card's three sections",
        "sharpen `quality` and `rollout.gates` in model.yaml",
    ):
        click.echo(f"- {note}")
    click.echo(f"then: sluice validate {name}")
