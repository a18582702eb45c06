"""Models that a change takes away."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.artifact import Artifact
from sluicegate.specs.layout import ENVIRONMENTS, model_directory, model_path, released_by
from sluicegate.specs.model import File
from sluicegate.specs.repository import release
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Finding, Position, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import Load
from sluicegate.validators.submission.changes import Changes

BESIDE = (
    "Leave models/{name} where it is, and bring models/{other} beside it as a new model; callers move once "
    "that is stable."
)


@check(
    "model-removed",
    family="artifact",
    scope="repository",
    remedy="Keep the directory until no environment has a release of it.",
)
def model_removed(tree: Tree, base_tree: Tree | None, changes: Changes, load: Load) -> Iterator[Finding]:
    """A model that an environment serves is neither removed nor renamed.

    The next pod of its stable version would find no files to start from. By its name a model has its release,
    its evidence and its callers: under another one it begins as a new model does, and proves itself anew.
    """
    removed = [name for name in changes.models if not tree.entries(model_directory(name))]
    for name in removed:
        environments = _served(name, base_tree) if base_tree is not None else []
        other = _renamed_to(name, tree, base_tree, changes, load)
        become = "removed" if other is None else f"renamed to models/{other}"
        if environments:
            message = f"models/{name} is {become}, and {', '.join(environments)} still serves it"
            remedy = None if other is None else BESIDE.format(name=name, other=other)
            yield fail(message, Position(model_path(name)), remedy=remedy)
        else:
            yield passed(f"models/{name} is {become}, and no environment serves it")
    if not removed:
        yield passed("no model is removed")


def _renamed_to(name: str, tree: Tree, base_tree: Tree | None, changes: Changes, load: Load) -> str | None:
    """The new model with the artifact of one that is gone; None where there is none."""
    gone = None if base_tree is None else _artifact(base_tree, name, load)
    if base_tree is None or gone is None:
        return None
    new = [other for other in changes.models if not base_tree.entries(model_directory(other))]
    return next((other for other in new if _artifact(tree, other, load) == gone), None)


def _artifact(tree: Tree, name: str, load: Load) -> File | Artifact | None:
    try:
        return load(tree, model_directory(name))[1].artifact
    except InputError:
        return None


def _served(model: str, tree: Tree) -> list[str]:
    """The environments with a version of the model; one whose release cannot be read counts as one."""
    deployments = (released_by(entry.path) for entry in tree.entries(ENVIRONMENTS))
    names = sorted(one.environment for one in deployments if one is not None and one.model == model)
    return [name for name in names if _serves(tree, name, model)]


def _serves(tree: Tree, environment: str, model: str) -> bool:
    try:
        state = release(tree, environment, model)
    except InputError:
        return True
    return state.stable is not None or state.canary is not None
