"""`sluice reproduce`: train a version again as it declares, and say whether it is the same."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import checkout, commit, model_argument, root_option

if TYPE_CHECKING:
    from sluicegate.ci.reproduction import Reproduction


@click.command()
@model_argument
@click.option(
    "--version", type=click.IntRange(min=1), metavar="NUMBER", help="[default: the one that is committed]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@root_option
def reproduce(model: str, version: int | None, as_json: bool, root: Path) -> None:
    """Run the training that models/MODEL/model.yaml declares (`lineage.training`), in a fresh environment.

    Its code is run with your rights: never in CI. Ends with 0 where the digest is the version's own, or the
    first metric of its task within the declared tolerance, else with 1.
    """
    from sluicegate.ci.reproduction import reproduce as again

    with checkout(root).repository() as repository:
        found = again(repository, commit(repository, "HEAD"), model, version)
    if as_json:
        import json

        click.echo(json.dumps({**asdict(found), "good": found.good}, indent=2))
    else:
        click.echo(_words(found))
    if not found.good:
        raise click.exceptions.Exit(1)


def _words(found: Reproduction) -> str:
    what = f"{found.model}: version {found.version}, from {found.commit[:12]}"
    if found.same:
        return f"{what}: the same bytes again, {found.sha256}"
    differs = f"{what}: other bytes, {found.made} for {found.sha256}"
    if found.before is None or found.now is None:
        return f"{differs}\nno lineage.training.tolerance is declared, so it is not the same"
    verdict = "within" if found.good else "beyond"
    return (
        f"{differs}\n{found.metric} is {found.now:.6g}, was {found.before:.6g}: {verdict} the tolerance of "
        f"{found.tolerance:g}"
    )
