"""Names that a change makes the same in a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.repository import Environments, models_of
from sluicegate.specs.tree import Tree
from sluicegate.validators.helm.name_conflicts import name_conflicts
from sluicegate.validators.runner.finding import Finding, passed, refused
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.changes import Changes


@check(
    "name-conflicts",
    family="spec",
    scope="repository",
    remedy="Give the environment, the namespace or the model another name.",
)
def no_shared_names(tree: Tree, changes: Changes, environments: Environments) -> Iterator[Finding]:
    """No two environments or models that the change brings share a name in a cluster.

    Argo CD has one Application ENVIRONMENT-MODEL for each, a namespace holds one environment, and Traefik
    counts by NAMESPACE-MODEL: where two share a name, each would overwrite the other, or be judged by its
    traffic.
    """
    models = {name: models_of(tree, name) for name in environments.specs}
    silent = True
    for conflict in name_conflicts(list(environments.specs.values()), models):
        own_environment = not set(changes.environments).isdisjoint(conflict.environments)
        own_model = not set(changes.models).isdisjoint(conflict.models or ())
        if own_environment or own_model:
            silent = False
            document, _ = environments.read[conflict.environments[1]]
            yield refused(document.problem(conflict.location, conflict.message, conflict.remedy))
    if silent:
        yield passed("no names conflict")
