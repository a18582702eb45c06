"""`sluice github publish`: the versions that a merge brought, into a registry, by digest."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, commit, root_option, write_whole
from sluicegate.ci.commands._event_options import event_options
from sluicegate.ci.commands._report_option import read_report, report_option
from sluicegate.ci.github.event import Event
from sluicegate.ci.github.job import add_summary, set_outputs
from sluicegate.specs.layout import model_directory

CHECKSUMS = "checksums.txt"


@click.command()
@event_options
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", envvar="SLUICE_PUBLICATION",
    show_envvar=True, required=True, help="A new directory for what is published.",
)  # fmt: skip
@click.option(
    "--registry", metavar="HOST/NAMESPACE", envvar="SLUICE_REGISTRY", show_envvar=True, default="",
    help="Where to publish; without it everything is packed into DIR and nothing is sent.",
)  # fmt: skip
@report_option(
    "What `sluice validate --format json` wrote of the same files: metrics for the bill of materials.",
    envvar="SLUICE_REPORT", show_envvar=True,
)  # fmt: skip
@root_option
def publish(event: Event, into: Path, registry: str, report: Path | None, root: Path) -> None:
    """Publish each new version of a push: artifact, model.yaml and ML-BOM, as HOST/NAMESPACE/NAME:VERSION.

    A version that is there with the same digest is left alone; with another one it is refused. Needs `oras`,
    logged in. The outputs name the versions, and a file of checksums to sign provenance for.
    """
    from sluicegate.ci.github import publication

    if registry:
        publication.require_registry(registry)
    judged = read_report(report)
    versions = []
    into.mkdir(parents=True)
    with checkout(root).repository() as repository:
        head = commit(repository, event.head)
        when = repository.log(head, limit=1)[0].at
        for tree, spec in publication.new_versions(repository, commit(repository, event.base), head):
            content = repository.object_at(head, model_directory(spec.name))
            measured = publication.accepted(judged, spec.name, content)
            versions.append(publication.lay_out(tree, spec, head, when, into, report=measured))
    published = []
    for version in versions:
        digest = publication.pack(version, into)
        one = publication.Published(version.tag, digest, new=False)
        if registry:
            one = publication.send(version, into, registry)
        published.append(one)
        where = f"{registry}/{version.tag}" if registry else f"{into / publication.LAYOUT} (nothing was sent)"
        click.echo(f"{where}@{digest}{'' if one.new or not registry else ', as before'}")
    write_whole(into / CHECKSUMS, publication.checksums(versions, published, registry))
    add_summary("".join(f"- `{one.tag}` `{one.digest}`\n" for one in published))
    tags = " ".join(one.tag for one in published)
    set_outputs({"models": tags, "checksums": str(into / CHECKSUMS)})
    if not versions:
        click.echo("the push brings no new version of a model")
