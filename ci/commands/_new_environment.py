"""`sluice new environment`: an environment of this machine or of a cluster, in its place in the order."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, root_option, write_whole
from sluicegate.ci.commands._cluster_options import cluster_of, cluster_options


@click.command()
@click.argument("name")
@click.option(
    "--after", multiple=True, metavar="ENV",
    help="A version starts here once it is stable there; repeatable [default: it starts with the merge].",
)  # fmt: skip
@cluster_options
@root_option
def environment(name: str, after: tuple[str, ...], cluster: bool, root: Path, **given: str | None) -> None:
    """Create environments/NAME: environment.yaml, and with --cluster its values and the charts.

    Without --cluster it is served by the embedded runtime of this machine. Nothing is overwritten.
    """
    from sluicegate.ci.scaffold.environment import environment_files
    from sluicegate.ci.scaffold.files import plan
    from sluicegate.ci.scaffold.vendored import files_of_cluster
    from sluicegate.specs.repository import environments

    there = checkout(root)
    tree = there.tree()
    where = cluster_of(cluster, given, name, there.origin())
    files = environment_files(name, after, where, environments(tree))
    charts = files_of_cluster(where.chart) if where is not None else {}
    for file in plan(tree.root, charts | files):
        if file.is_written:
            write_whole(tree.root / file.path, file.text)
            if file.path in files:
                click.echo(f"wrote {file.path}")
    if where is not None and where.chart is None:
        click.echo(
            "the charts and Argo CD's manifests are in charts/ and environments/; what was there is kept"
        )
    click.echo(f"order: {' -> '.join(environments(tree).specs)}")
    then = "sluice validate --all" + (", then `sluice bootstrap`" if where is not None else "")
    click.echo(f"then: {then}")
