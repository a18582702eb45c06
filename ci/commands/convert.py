"""`sluice convert`: the next version of a model, in another precision."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option

if TYPE_CHECKING:
    from sluicegate.ci.scaffold.convert import Conversion


@click.command()
@model_argument
@click.option(
    "--precision", type=click.Choice(["fp16", "int8"]), required=True, help="What its weights are stored in."
)
@click.option(
    "--static", is_flag=True,
    help="int8: quantize activations by the range that the reference rows show, not by each request's own.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@root_option
def convert(model: str, precision: str, static: bool, as_json: bool, root: Path) -> None:
    """Write the next version of models/MODEL, converted by onnxruntime's own tools in the contained child.

    Inputs and outputs keep their types. The check `parity` then compares it with its original.
    """
    from sluicegate.ci.scaffold import convert as scaffold
    from sluicegate.specs.repository import require_model

    if static and precision != "int8":
        raise click.UsageError("--static goes with --precision int8")
    place = checkout(root)
    work = place.tree()
    require_model(work, model)
    with place.repository() as repository:
        done = scaffold.convert(work, repository, model, precision, static=static)
    if as_json:
        click.echo(json.dumps(asdict(done), indent=2))
        return
    for line in _lines(done):
        click.echo(line)


def _lines(done: Conversion) -> list[str]:
    moved = ", ".join(f"{operator} {count:+,}" for operator, count in done.operators.items())
    lines = [
        f"wrote version {done.to_version} of {done.model}: {done.artifact}, {done.precision}",
        f"- {done.bytes_after:,} bytes; version {done.from_version} has {done.bytes_before:,} "
        f"({done.bytes_after / done.bytes_before:.0%})",
        f"- operators: {moved or 'the same'}",
        *(f"- {note}" for note in done.notes),
    ]
    if done.largest_difference is not None:
        lines.append(
            f"- on {done.rows:,} reference rows the answers differ by at most "
            f"{done.largest_difference:.2g} of their range"
        )
    return [
        *lines,
        f"then commit it: `parity` compares it with version {done.from_version} in the pull request",
    ]
