"""Models that a change takes away."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.layout import ENVIRONMENTS, model_directory, model_path, released_by
from sluicegate.specs.repository import release
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Finding, Position, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.changes import Changes


@check(
    "model-removed",
    family="artifact",
    scope="repository",
    remedy="Keep the directory until no environment has a release of it.",
)
def model_removed(tree: Tree, base_tree: Tree | None, changes: Changes) -> Iterator[Finding]:
    """A model that an environment serves is not removed.

    The next pod of its stable version would find no files to start from.
    """
    removed = [name for name in changes.models if not tree.entries(model_directory(name))]
    for name in removed:
        environments = _served(name, base_tree) if base_tree is not None else []
        if environments:
            message = f"models/{name} is removed, and {', '.join(environments)} still serves it"
            yield fail(message, Position(model_path(name)))
        else:
            yield passed(f"models/{name} is removed, and no environment serves it")
    if not removed:
        yield passed("no model is removed")


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
