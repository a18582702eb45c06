"""`sluice init`: workflows, owners, templates and rulesets for a repository of models on GitHub."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import write_whole
from sluicegate.specs.yamlio import InputError

_ACTION = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)(@(?P<commit>[0-9a-f]{40}))?")
_OWNER = re.compile(r"@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?|[^\s@#]+@[^\s@#]+")


@click.command()
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="[DIR]"
)
@click.option(
    "--action", required=True, metavar="OWNER/SLUICEGATE[@COMMIT]",
    help="The repository on GitHub whose action judges, by default at the commit of this `sluice` itself; "
    "`./ci` in Sluicegate's own repository.",
)  # fmt: skip
@click.option(
    "--owner", "owners", multiple=True, required=True, metavar="@WHO",
    help="Who approves changes of environments and workflows: @login or @organization/team; repeatable.",
)  # fmt: skip
@click.option(
    "--app-id", type=click.IntRange(min=1), metavar="N",
    help="The id of your GitHub App: its verdict alone counts, and the gate, which is it, may push releases.",
)  # fmt: skip
def init(directory: Path, action: str, owners: tuple[str, ...], app_id: int | None) -> None:
    """Write what a repository on GitHub needs: workflows, CODEOWNERS, templates, dependabot, rulesets.

    Workflows and rulesets are written again each time. The other files are a beginning: one that is there is
    kept. Nothing is committed, nothing is sent; `sluice github protect` applies the rulesets.
    """
    from sluicegate.ci.scaffold.repository import Setup, companions, ours

    for owner in owners:
        if not _OWNER.fullmatch(owner):
            raise click.BadParameter(f"{owner!r} is neither @login, @organization/team nor an e-mail address")
    setup = Setup(_uses(action), owners, _owners(directory), app_id)
    for path, text in ours(setup).items():
        _write(directory, path, text, keep=False)
    for path, text in companions(setup).items():
        _write(directory, path, text, keep=True)
    click.echo("then: commit them, merge, and run `sluice github protect`")


def _write(directory: Path, path: str, text: str, *, keep: bool) -> None:
    """Write one file, and say what became of it."""
    file = directory / path
    if file.is_file() and file.read_text(encoding="utf-8", errors="replace") == text:
        click.echo(f"unchanged  {path}")
    elif keep and file.exists():
        click.echo(f"kept       {path} (yours)")
    else:
        write_whole(file, text)
        click.echo(f"wrote      {path}")


def _uses(action: str) -> str:
    """What stands behind `uses:`. Raises InputError where no commit is known."""
    from sluicegate import __version__
    from sluicegate.ci.scaffold.repository import OWN_ACTION
    from sluicegate.gate.daemon.code import code_commit

    if action == OWN_ACTION:
        return action
    match = _ACTION.fullmatch(action)
    if match is None:
        raise click.BadParameter(f"{action!r} is not OWNER/NAME or OWNER/NAME@COMMIT (40 hex digits)")
    if match["commit"]:
        return f"{match['repository']}/ci@{match['commit']}"
    commit = code_commit()
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise InputError.of(
            f"this sluice was built from no commit that can be named ({commit})",
            f"name the commit to use: --action {match['repository']}@COMMIT",
        )
    return f"{match['repository']}/ci@{commit} # v{__version__}"


def _owners(directory: Path) -> dict[str, tuple[str, ...]]:
    """By model, the owners that its model.yaml names, where GitHub knows all of them.

    Raises InputError for a model that cannot be read.
    """
    from sluicegate.ci.model_reader import load
    from sluicegate.specs import layout
    from sluicegate.specs.repository import models
    from sluicegate.specs.tree import WorkTree

    found = {}
    tree = WorkTree(directory)
    for name in models(tree):
        _, spec = load(tree, layout.model_directory(name))
        unknown = [owner for owner in spec.owners if not _OWNER.fullmatch(owner)]
        if unknown:
            click.echo(
                f"models/{name}: {unknown[0]!r} is no owner that GitHub knows; write @login or a team",
                err=True,
            )
        else:
            found[name] = tuple(spec.owners)
    return found
