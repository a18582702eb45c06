"""`sluice fetch`: a model's files from wherever they are into this user's cache."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, root_option


@click.command()
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@root_option
def fetch(models: tuple[str, ...], root: Path) -> None:
    """Fetch what models/MODEL/model.yaml names at an address, resumed where it broke off, and check it.

    `sluice validate`, servers of this machine and the next `sluice fetch` take it from the cache
    (SLUICE_CACHE, else in XDG_CACHE_HOME).
    """
    from sluicegate.ci.commands._progress import counted
    from sluicegate.ci.model_reader import load
    from sluicegate.specs.artifacts.access import of_owner
    from sluicegate.specs.artifacts.cache import Cache, directory
    from sluicegate.specs.layout import model_directory
    from sluicegate.specs.repository import require_model

    work = checkout(root).tree()
    cache = Cache(directory())
    for model in models:
        require_model(work, model)
        _, spec = load(work, model_directory(model))
        elsewhere = [file for file in spec.artifact.files if file.uri is not None]
        for file in elsewhere:
            with counted(file.local) as show:
                entry = cache.fetch(file.reference, of_owner(), show)
            size = entry.stat().st_size
            click.echo(f"{model}: {file.local} is in the cache ({size:,} bytes, {file.sha256})")
        if not elsewhere:
            click.echo(f"{model}: all of its files are in the repository")
