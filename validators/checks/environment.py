"""The environments that a change touches."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.layout import ENVIRONMENTS, environment_path, released_by
from sluicegate.specs.repository import Environments, models
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, refused
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.order_problems import order_problem

SHOWN = 3
"""Releases that are named where an environment is removed."""


@check(
    "environment-valid",
    family="spec",
    scope="environment",
    remedy="Fix environment.yaml at the line that is named.",
)
def environment_valid(
    environment: str, environments: Environments, tree: Tree, base_tree: Tree | None
) -> Iterator[Finding]:
    """environment.yaml can be read, names an existing predecessor, and is not removed while it has releases.

    It is checked against environments/environment.schema.json. `after` orders the environments without a
    cycle: a version would wait forever. A caller names models that there are, or nobody would be told.
    Without its environment.yaml the gate follows no release there, and traffic would stay as it is.
    """
    if environment in environments.unreadable:
        yield from map(refused, environments.unreadable[environment])
    elif environment in environments.read:
        problem = order_problem(environments, environment)
        unknown = list(_callers_of_nothing(environments, environment, tree))
        yield from unknown
        if problem is not None:
            yield refused(problem)
        elif not unknown:
            yield passed(f"{environment} is valid", Position(environment_path(environment)))
    else:
        yield _removed(environment, tree, base_tree)


def _callers_of_nothing(environments: Environments, environment: str, tree: Tree) -> Iterator[Finding]:
    """A fail for each model that a caller names and nobody has."""
    document, spec = environments.read[environment]
    known = models(tree) if spec.callers else []
    for number, caller in enumerate(spec.callers):
        for position, model in enumerate(caller.models):
            if model not in known:
                at = document.position(("spec", "callers", number, "models", position))
                message = f"the caller {caller.name!r} names {model!r}, and there is no such model"
                remedy = f"{suggest_one_of(model, known).capitalize()}."
                yield fail(message, Position(document.path, *at), remedy=remedy)


def _removed(environment: str, tree: Tree, base_tree: Tree | None) -> Finding:
    position = Position(environment_path(environment))
    sides = [tree] if base_tree is None else [tree, base_tree]
    paths = {entry.path for side in sides for entry in side.entries(ENVIRONMENTS)}
    deployments = ((path, released_by(path)) for path in paths)
    releases = sorted(path for path, one in deployments if one is not None and one.environment == environment)
    if not releases:
        return passed(f"{environment} is removed, and nothing is released there", position)
    message = f"{environment} is removed, and {', '.join(releases[:SHOWN])} is there"
    if len(releases) > SHOWN:
        message += f", with {len(releases) - SHOWN} more"
    remedy = "Keep the file: without it the gate cannot steer these releases."
    return fail(message, position, remedy=remedy)
