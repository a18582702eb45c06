"""The environments that the candidate is released to."""

from __future__ import annotations

from sluicegate.validators.helm.values import Environments
from sluicegate.validators.helm.values import environments as all_environments
from sluicegate.validators.runner.candidate import Candidate
from sluicegate.validators.runner.inputs import provides


@provides("environments")
def environments(subject: Candidate) -> Environments:
    """The environments that the model is placed in: all of the tree, or those that the subject names."""
    every, wanted = all_environments(subject.tree), subject.environments
    if wanted is None:
        return every
    return Environments(
        {name: one for name, one in every.read.items() if name in wanted},
        {name: one for name, one in every.unreadable.items() if name in wanted},
    )
