"""`sluice new version`: a model's next version from an ONNX file, in one command."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import Checkout, checkout, root_option
from sluicegate.ci.commands._comma_list import comma_list
from sluicegate.ci.report.columns import in_columns
from sluicegate.ci.scaffold.new_model import FORMATS
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.scaffold.next_version import Brought
    from sluicegate.gate.adapters.git.clone import Clone

_PERSON = re.compile(r"(?P<name>.*) <(?P<email>[^<>]*)>")


@click.command()
@click.argument("model")
@click.option("--onnx", type=click.Path(path_type=Path), metavar="FILE", help="The new model.")
@click.option(
    "--from", "source", type=(click.Choice(FORMATS), click.Path(path_type=Path)), metavar="FORMAT FILE",
    help="Convert it to ONNX first, as `sluice new model` does.",
)  # fmt: skip
@click.option(
    "--reference", type=click.Path(path_type=Path), metavar="FILE",
    help="A sample of what it was trained on [default: as it is].",
)  # fmt: skip
@click.option(
    "--evaluation", type=click.Path(path_type=Path), metavar="FILE",
    help="Held-out rows with labels [default: as they are].",
)  # fmt: skip
@click.option(
    "--version", "number", type=click.IntRange(min=1), metavar="NUMBER", help="[default: the next one]"
)
@click.option("--columns", metavar="A,B,...", help="The input's columns in order, where they are others now.")
@click.option("--branch", is_flag=True, help="Commit it on a new branch MODEL-vNUMBER.")
@root_option
def version(  # noqa: PLR0917 - click passes them by name
    model: str,
    onnx: Path | None,
    source: tuple[str, Path] | None,
    reference: Path | None,
    evaluation: Path | None,
    number: int | None,
    columns: str | None,
    branch: bool,
    root: Path,
) -> None:
    """Write the next version of models/MODEL: its file, its data, number, digests and signature.

    The signature is read from the graph again, and what changed in it is said. All of it is written, or
    nothing. What runs is not touched: a version starts by its merge.
    """
    if (onnx is None) == (source is None):
        raise click.UsageError("name the model by one of --onnx FILE and --from FORMAT FILE")
    from sluicegate.ci.model_reader import load
    from sluicegate.ci.scaffold.imported import Source
    from sluicegate.ci.scaffold.next_version import NextVersion, bring, converted_next
    from sluicegate.specs import layout
    from sluicegate.specs.repository import require_model

    there = checkout(root)
    tree = there.tree()
    require_model(tree, model)
    number = number or load(tree, layout.model_directory(model))[1].version + 1
    new = NextVersion(model, onnx or Path(), reference, evaluation, number, comma_list(columns))
    topic = _Topic.of(there, f"{model}-v{number}") if branch else None
    with there.repository() as repository, ExitStack() as conversion:
        if source is not None:
            new, agreement = conversion.enter_context(converted_next(tree, Source(*source), new))
        brought = bring(tree, repository, new)
    if source is not None:
        brought = replace(brought, notes=(agreement, *brought.notes))
    for line in _lines(brought):
        click.echo(line)
    if topic is not None:
        topic.commit(brought)
        click.echo(f"committed on the branch {topic.name}")
    click.echo(f"then: sluice validate {model}")


def _lines(brought: Brought) -> list[str]:
    """The table of what was pinned, what changed in the signature, and what is left to look at."""
    rows = [("", "file", "before", "now")]
    for what, before, after in brought.files:
        now = "as it was" if after == before else _short(after.sha256)
        rows.append((what, after.path, _short(before.sha256), now))
    lines = [f"{brought.model}: version {brought.from_version} -> {brought.to_version}"]
    lines += [line for cells in in_columns(rows, 120, ()) for line in cells]
    lines += [f"signature: {change}" for change in brought.signature or ("as it was",)]
    return lines + [f"- {note}" for note in brought.notes]


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]


@dataclass(frozen=True)
class _Topic:
    """A new branch for the version, whose commit is by git's user."""

    name: str
    clone: Clone

    @classmethod
    def of(cls, there: Checkout, name: str) -> _Topic:
        """Before anything is written. Raises InputError for a branch that is there, and without a user."""
        from sluicegate.gate.adapters.git.clone import Clone
        from sluicegate.gate.adapters.git.identity import identity
        from sluicegate.gate.adapters.git.write import Signature

        root = there.tree().root
        match = _PERSON.fullmatch(identity(root) or "")
        if match is None:
            raise InputError.of(
                "a commit needs an author, and git has no user here",
                "set `git config user.name` and `user.email`, or leave --branch out",
            )
        if there.repository().commit_named(f"refs/heads/{name}") is not None:
            raise InputError.of(f"there is a branch {name} already", "delete it, or leave --branch out")
        return cls(name, Clone(root, Signature(match["name"], match["email"])))

    def commit(self, brought: Brought) -> None:
        """Commit the model's directory alone. Raises GitError."""
        from sluicegate.specs import layout

        directory = layout.model_directory(brought.model)
        self.clone.git("switch", "--quiet", "--create", self.name)
        self.clone.git("add", "--all", "--", directory)
        message = f"{brought.model}: version {brought.to_version}"
        self.clone.git("commit", "--quiet", "--message", message, "--", directory)
