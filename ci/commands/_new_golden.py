"""`sluice new golden`: a model's present answers, as a file for a person to review and commit."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option
from sluicegate.specs import layout

MOST_ROWS = 10_000


@click.command()
@model_argument
@click.option(
    "--rows", type=click.IntRange(1, MOST_ROWS), default=20, show_default=True, metavar="NUMBER",
    help="How many rows, taken evenly from the evaluation set.",
)  # fmt: skip
@click.option(
    "--tolerance", type=click.FloatRange(min=0), default=1e-4, show_default=True, metavar="NUMBER",
    help="How far a later answer may be from the recorded one.",
)  # fmt: skip
@click.option(
    "--relative", type=click.FloatRange(min=0), default=1e-4, show_default=True, metavar="SHARE",
    help="The same as a share of the recorded number; both are added.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Record over the golden file of an earlier call.")
@root_option
def golden(  # noqa: PLR0917 - click passes them by name
    model: str, rows: int, tolerance: float, relative: float, replace: bool, root: Path
) -> None:
    """Record the present answers of models/MODEL as golden rows, for a person to review and commit.

    The model runs in the contained child on rows of its evaluation set. The table goes to tests/golden.csv
    (parquet where CSV cannot hold the values), and `tests.golden` of model.yaml names it; the check
    `expectations` then compares. Golden rows belong to one version: record again with the next one.
    """
    from sluicegate.ci.scaffold.golden import record
    from sluicegate.specs.repository import require_model

    work = checkout(root).tree()
    require_model(work, model)
    done = record(work, model, rows=rows, tolerance=tolerance, relative=relative, replace=replace)
    click.echo(f"wrote {done.path}: {done.rows} evaluation rows with the answers of version {done.version}")
    click.echo(f"- recorded: {', '.join(done.outputs)}")
    click.echo(
        f"- declared in {layout.model_path(model)}: within {tolerance:g} + {relative:g} of each number"
    )
    click.echo(
        f"then: review the answers, run `sluice validate {model} --check expectations`, and commit both files"
    )
