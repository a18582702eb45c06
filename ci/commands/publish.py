"""`sluice publish`: a model's files into a registry, and model.yaml's pins of what was pushed."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, model_argument, root_option


@click.command()
@model_argument
@click.option(
    "--to", metavar="oci://REGISTRY/REPOSITORY[:TAG]", envvar="SLUICE_REGISTRY", show_envvar=True,
    required=True, help="Where to; the tag is the version where none is given.",
)  # fmt: skip
@root_option
def publish(model: str, to: str, root: Path) -> None:
    """Push the artifact of models/MODEL to an OCI registry, and pin in model.yaml what was pushed.

    The ONNX file and its external data, each as a blob of its digest, with the media types of CNCF's
    ModelPack; the login is that of `docker login`. The files may then leave git.
    """
    from sluicegate.ci.scaffold.publish import publish as pushed

    done = pushed(checkout(root).tree(), model, to)
    click.echo(f"pushed version {done.version} of {model} to {done.uri}, manifest {done.manifest}")
    for file in done.files:
        click.echo(f"- {file.name}: {file.size:,} bytes, {file.sha256}")
    click.echo(f"- {done.new} of {len(done.files)} were new there; models/{model}/model.yaml pins them")
    names = " ".join(f"models/{model}/{file.name}" for file in done.files)
    click.echo(f"then take them out of git: git rm --cached {names}")
