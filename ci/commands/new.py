"""`sluice new model`: a complete directory from an ONNX file, or from one of another library."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.ci.commands._comma_list import comma_list
from sluicegate.ci.commands._model_source import from_option
from sluicegate.ci.commands._new_environment import environment
from sluicegate.ci.commands._new_golden import golden
from sluicegate.ci.commands._new_owners import git_owner, own_in_codeowners
from sluicegate.ci.commands._new_version import version
from sluicegate.ci.scaffold.new_model import FORMATS
from sluicegate.specs.model import Task

TO_DO = ("fill in the model card's three sections", "tighten `quality` and `rollout.gates` in model.yaml")
NO_DATA = (
    "a draft: without a sample of the training data and held-out rows with labels it has no quality "
    "rules, no score and no drift check, and `sluice validate` refuses it"
)


@click.group()
def new() -> None:
    """Create a model, its next version, an environment, or golden rows."""


new.add_command(environment)
new.add_command(golden)
new.add_command(version)


@new.command()
@click.argument("name")
@from_option(f"Convert it to ONNX first: {', '.join(FORMATS)}, where the extra of that name is installed.")
@click.option(
    "--tolerance", type=click.FloatRange(min=0), default=1e-3, show_default=True, metavar="NUMBER",
    help="How far an answer may be from the library's own after a conversion, times its size above 1.",
)  # fmt: skip
@click.option(
    "--onnx", type=click.Path(path_type=Path), metavar="FILE",
    help="The model [default: the draft's, where an earlier call wrote one].",
)  # fmt: skip
@click.option(
    "--reference", type=click.Path(path_type=Path), metavar="FILE",
    help="A sample of what it was trained on: .parquet, .csv or .npz.",
)  # fmt: skip
@click.option(
    "--evaluation", type=click.Path(path_type=Path), metavar="FILE",
    help="Held-out rows with labels, likewise. Without both files a draft is written.",
)  # fmt: skip
@click.option(
    "--label", metavar="A,B,...", help="The label's column, or columns [default: what fills no input]."
)
@click.option(
    "--owner", "owners", multiple=True, metavar="WHO",
    help="A person or team that owns it; may be repeated [default: git's user].",
)  # fmt: skip
@click.option(
    "--task", type=click.Choice(get_args(Task)), help="What it predicts [default: as outputs and labels say]."
)
@click.option(
    "--columns",
    metavar="A,B,...",
    help="The input's columns in order [default: the table's, less the label].",
)
@click.option(
    "--classes", metavar="A,B,...",
    help="In the order of the output's numbers [default: the graph's own, or sorted].",
)  # fmt: skip
@click.option("--output", metavar="NAME", help="What is judged [default: the only output that fits].")
@click.option("--group", metavar="COLUMN", help="The query that a row belongs to, for ranking.")
@click.option(
    "--score", type=click.Choice(["deciles", "none"]), default="deciles", show_default=True,
    help="Edges of the score that drift is watched on, and the first quality rules, from the model's answers "
    "to the data; it is run contained. With `none` it is not run.",
)  # fmt: skip
@root_option
def model(  # noqa: PLR0917 - click passes them by name
    name: str,
    onnx: Path | None,
    source: tuple[str, Path] | None,
    tolerance: float,
    reference: Path | None,
    evaluation: Path | None,
    label: str | None,
    owners: tuple[str, ...],
    task: str | None,
    columns: str | None,
    classes: str | None,
    output: str | None,
    group: str | None,
    score: str,
    root: Path,
) -> None:
    """Create models/NAME from an ONNX file: model.yaml with signature and digests, data, model card.

    With --from a model of another library is converted, and its answers to the reference are compared with
    the library's own. A pickle is opened in the contained child, and never where CI runs.

    What the options leave out is found in graph and data, and said. With the ONNX file alone it is a draft,
    whose place is taken by the same command with data.
    """
    if onnx is not None and source is not None:
        raise click.UsageError("name the model by --onnx FILE or by --from FORMAT FILE, not by both")
    from sluicegate.ci.scaffold.directory import create
    from sluicegate.ci.scaffold.draft import draft_of
    from sluicegate.ci.scaffold.new_model import NewModel

    top = checkout(root).tree().root
    if reference is None and evaluation is None and onnx is not None:
        _draft(top, name, onnx, owners, task or "")
        return
    if reference is None or evaluation is None:
        missing = [
            word for word, path in (("--reference", reference), ("--evaluation", evaluation)) if not path
        ]
        raise click.UsageError(
            f"missing {' and '.join(missing)}: a sample of each, or --onnx alone for a draft"
        )
    draft = onnx is None and source is None
    if draft:
        onnx, held = draft_of(top, name)
        owners = owners or held
    new_model = NewModel(
        name,
        onnx or Path(),
        reference,
        evaluation,
        owners or (git_owner(top),),
        comma_list(label),
        task or "",
        comma_list(columns),
        comma_list(classes),
        output or "",
        group or "",
        score != "none",
        draft,
    )
    if source is None:
        directory, notes = create(top, new_model)
    else:
        from sluicegate.ci.scaffold.imported import Source, imported

        with imported(Source(*source, tolerance), new_model) as (converted, agreement):
            directory, notes = create(top, converted)
        notes.insert(0, f"converted from {source[0]}: {agreement}")
    notes += own_in_codeowners(top, name, new_model.owners)
    _say(top, directory, [*notes, *TO_DO], f"sluice validate {name}")


def _draft(top: Path, name: str, onnx: Path, owners: tuple[str, ...], task: str) -> None:
    from sluicegate.ci.scaffold.draft import command, create_draft

    owners = owners or (git_owner(top),)
    directory, notes = create_draft(top, name, onnx, owners, task)
    notes += own_in_codeowners(top, name, owners)
    _say(top, directory, [*notes, NO_DATA], command(name))


def _say(top: Path, directory: Path, notes: list[str], then: str) -> None:
    click.echo(f"wrote {directory.relative_to(top)}/")
    for note in notes:
        click.echo(f"- {note}")
    click.echo(f"then: {then}")
