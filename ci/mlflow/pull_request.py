"""A registered model's version as a pull request: a branch from main, the next version on it, and why."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sluicegate.ci.github.client import Client
from sluicegate.ci.github.propose import Proposal, Proposed, existing, propose
from sluicegate.ci.mlflow.registered import Registered, registered
from sluicegate.ci.report.markdown_text import code, prose
from sluicegate.ci.scaffold.next_version import Brought, NextVersion, bring
from sluicegate.ci.scaffold.publish import publish
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.git.write import Signature
from sluicegate.specs import layout
from sluicegate.specs.tree import WorkTree

SHOWN = 20
"""Figures of a run in the description of a pull request."""


@dataclass(frozen=True)
class Home:
    """The repository that versions are proposed to, as `author`.

    `origin` is what git clones and pushes to, `github` the same as OWNER/REPO. With `publish_to`, a registry
    takes the files, and the branch their addresses.
    """

    client: Client
    github: str
    origin: str
    author: Signature
    publish_to: str | None = None


def propose_version(home: Home, model: str, name: str, version: str) -> Proposed:
    """The pull request that brings a registered version as the next of models/MODEL; opened once for each.

    Raises what `registered`, `bring`, git and GitHub do.
    """
    branch = f"{model}-mlflow-{version}"
    found = existing(home.client, home.github, branch)
    if found is not None:
        return found
    with (
        tempfile.TemporaryDirectory(prefix="sluice-mlflow-") as folder,
        registered(f"mlflow:/models/{name}/{version}") as source,
    ):
        clone = Clone.create(Path(folder, "repository"), home.author, home.origin)
        clone.branch_off(branch)
        work = WorkTree(clone.directory)
        new = next_version(NextVersion(model, source.onnx), source)
        with Repository.in_place(clone.directory / ".git") as repository:
            brought = bring(work, repository, new)
        notes = (f"from {source.address}", *source.notes, *brought.notes)
        brought = replace(brought, notes=notes)
        if home.publish_to is not None:
            _publish(work, brought, home.publish_to)
        clone.commit_all(title(brought))
        # A branch that an earlier try pushed, without its pull request, is this one's to replace.
        clone.git("push", "--quiet", "--force", "origin", branch)
        return propose(home.client, home.github, Proposal(branch, title(brought), body(brought, new)))


def next_version(new: NextVersion, source: Registered) -> NextVersion:
    """`new` with a registered model's files; columns that it names already go before MLflow's."""
    columns = new.columns or source.columns
    return replace(new, onnx=source.onnx, columns=columns, lineage=source.lineage)


def _publish(work: WorkTree, brought: Brought, to: str) -> None:
    """Push the files, and take them out of the commit."""
    done = publish(work, brought.model, to)
    for file in done.files:
        (work.root / layout.model_directory(brought.model) / file.name).unlink()


def title(brought: Brought) -> str:
    """The subject of commit and pull request."""
    return f"{brought.model}: version {brought.to_version}"


def body(brought: Brought, new: NextVersion) -> str:
    """The description of the pull request, in Markdown."""
    lines = [f"Version {brought.to_version} follows version {brought.from_version}.", ""]
    lines += [
        f"- {key}: {code(new.lineage[key])}" for key in ("run", "code", "dataset") if key in new.lineage
    ]
    for key in ("metrics", "parameters"):
        lines += _figures(key, new.lineage.get(key) or {})
    lines += [f"- signature: {prose(change)}" for change in brought.signature or ("as it was",)]
    lines += [f"- {prose(note)}" for note in brought.notes]
    return "\n".join(lines) + "\n"


def _figures(what: str, figures: Mapping[str, object]) -> Iterator[str]:
    if not figures:
        return
    shown = ", ".join(f"{code(name)} {code(value)}" for name, value in list(figures.items())[:SHOWN])
    more = f", and {len(figures) - SHOWN} more" if len(figures) > SHOWN else ""
    yield f"- {what} of the run: {shown}{more}"
