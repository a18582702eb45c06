"""The environments of the repository that is judged."""

from __future__ import annotations

from sluicegate.specs import repository
from sluicegate.specs.repository import Environments
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.inputs import provides


@provides("environments")
def environments(tree: Tree) -> Environments:
    """Every environment of the tree, in order, and what is wrong with those that cannot be read."""
    return repository.environments(tree)
