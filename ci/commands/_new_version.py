"""`sluice new version`: a model's next version from an ONNX file, in one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import Checkout, checkout, model_argument, root_option
from sluicegate.ci.commands._comma_list import comma_list
from sluicegate.ci.commands._model_source import MLFLOW, FromRegistry, from_option
from sluicegate.ci.commands._pull_request_options import api_option, author, github_option
from sluicegate.ci.report.columns import in_columns
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.github.client import Client
    from sluicegate.ci.scaffold.next_version import Brought, NextVersion
    from sluicegate.gate.adapters.git.clone import Clone
    from sluicegate.specs.tree import WorkTree


@click.command(cls=FromRegistry)
@model_argument
@click.option(
    "--onnx", type=click.Path(path_type=Path), metavar="FILE",
    help="The new model, its external data beside it.",
)  # fmt: skip
@from_option(
    "Convert it to ONNX first, as `sluice new model` does; or take it from MLflow's registry: "
    "--from mlflow:/models/NAME/VERSION, also NAME@ALIAS and NAME/STAGE.",
    MLFLOW,
)
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
@click.option(
    "--pull-request", is_flag=True, help="Also push the branch to the origin, and open its pull request."
)
@github_option
@api_option
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
    pull_request: bool,
    github: str | None,
    api: str,
    root: Path,
) -> None:
    """Write the next version of models/MODEL: its file, its data, number, digests and signature.

    The signature is read from the graph again, and what changed in it is said. All of it is written, or
    nothing. What runs is not touched: a version starts by its merge.
    """
    if (onnx is None) == (source is None):
        raise click.UsageError("name the model by one of --onnx FILE and --from FORMAT FILE")
    from sluicegate.ci.model_reader import load
    from sluicegate.ci.scaffold.next_version import NextVersion, bring
    from sluicegate.specs import layout
    from sluicegate.specs.repository import require_model

    there = checkout(root)
    tree = there.tree()
    require_model(tree, model)
    number = number or load(tree, layout.model_directory(model))[1].version + 1
    new = NextVersion(model, onnx or Path(), reference, evaluation, number, comma_list(columns))
    proposing = _Proposing.of(there, github, api) if pull_request else None
    topic = _Topic.of(there, f"{model}-v{number}") if branch or pull_request else None
    with there.repository() as repository, ExitStack() as opened:
        made = _Made(new) if source is None else opened.enter_context(_made(tree, source, new))
        brought = bring(tree, repository, made.new)
    brought = replace(brought, notes=(*made.notes, *brought.notes))
    for line in _lines(brought):
        click.echo(line)
    if topic is not None:
        topic.commit(brought)
        click.echo(f"committed on the branch {topic.name}")
    if topic is not None and proposing is not None:
        click.echo(proposing.open(topic, brought, made))
        return
    click.echo(f"then: sluice validate {model}")


@dataclass(frozen=True)
class _Made:
    """What is brought, and what is to be said of it."""

    new: NextVersion
    notes: tuple[str, ...] = ()


@contextmanager
def _made(tree: WorkTree, source: tuple[str, Path], new: NextVersion) -> Iterator[_Made]:
    """Of another library's file, or of a registered model."""
    kind, path = source
    if kind != MLFLOW:
        from sluicegate.ci.scaffold.imported import Source
        from sluicegate.ci.scaffold.next_version import converted_next

        with converted_next(tree, Source(kind, path), new) as (converted, agreement):
            yield _Made(converted, (agreement,))
        return
    from sluicegate.ci.mlflow.pull_request import next_version
    from sluicegate.ci.mlflow.registered import SCHEME, registered

    with registered(f"{SCHEME}{str(path).removeprefix(SCHEME)}") as found:
        notes = (f"from {found.address}", *found.notes)
        yield _Made(next_version(new, found), notes)


def _lines(brought: Brought) -> list[str]:
    """The table of what was pinned, what changed in the signature, and what is left to look at."""
    rows = [("", "file", "before", "now")]
    for file in brought.files:
        now = "as it was" if file.now == file.before else _short(file.now)
        rows.append((file.what, file.path, _short(file.before), now))
    lines = [f"{brought.model}: version {brought.from_version} -> {brought.to_version}"]
    lines += [line for cells in in_columns(rows, 120, ()) for line in cells]
    lines += [f"signature: {change}" for change in brought.signature or ("as it was",)]
    return lines + [f"- {note}" for note in brought.notes]


def _short(digest: str | None) -> str:
    return "-" if digest is None else digest[: len("sha256:") + 12]


@dataclass(frozen=True)
class _Proposing:
    """The repository on GitHub where the branch is proposed."""

    client: Client
    repository: str
    root: Path

    @classmethod
    def of(cls, there: Checkout, github: str | None, api: str) -> _Proposing:
        """Before anything is written. Raises InputError without an origin, GitHubError without a token."""
        from sluicegate.ci.github.client import connect, token
        from sluicegate.ci.github.propose import repository_of

        return cls(connect(api, token()), github or repository_of(there.origin()), there.tree().root)

    def open(self, topic: _Topic, brought: Brought, made: _Made) -> str:
        """Push the branch as the user's own git does, and open its pull request; its address."""
        from sluicegate.ci.github.propose import Proposal, propose
        from sluicegate.ci.mlflow.pull_request import body, title
        from sluicegate.gate.adapters.git.command import GitError, call_as_user, last_words

        done = call_as_user(self.root, "push", "--quiet", "origin", topic.name)
        if done.returncode:
            raise GitError(f"git push: {last_words(done)}", f"push {topic.name} by hand")
        try:
            words = body(brought, made.new)
            return propose(self.client, self.repository, Proposal(topic.name, title(brought), words)).url
        finally:
            self.client.github.close()


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

        root = there.tree().root
        person = author(identity(root))
        if person is None:
            raise InputError.of(
                "a commit needs an author, and git has no user here",
                "set `git config user.name` and `user.email`, or leave --branch out",
            )
        if there.repository().commit_named(f"refs/heads/{name}") is not None:
            raise InputError.of(f"there is a branch {name} already", "delete it, or leave --branch out")
        return cls(name, Clone(root, person))

    def commit(self, brought: Brought) -> None:
        """Commit the model's directory alone. Raises GitError."""
        from sluicegate.specs import layout

        directory = layout.model_directory(brought.model)
        self.clone.git("switch", "--quiet", "--create", self.name)
        self.clone.git("add", "--all", "--", directory)
        message = f"{brought.model}: version {brought.to_version}"
        self.clone.git("commit", "--quiet", "--message", message, "--", directory)
