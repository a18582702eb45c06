"""The environments that a change touches."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.layout import ENVIRONMENTS, environment_path, released_by
from sluicegate.specs.repository import Environments
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
    cycle: a version would wait forever. Without its environment.yaml the gate follows no release there, and
    traffic would stay as it is.
    """
    if environment in environments.unreadable:
        yield from map(refused, environments.unreadable[environment])
    elif environment in environments.read:
        problem = order_problem(environments, environment)
        if problem is not None:
            yield refused(problem)
        else:
            yield passed(f"{environment} is valid", Position(environment_path(environment)))
    else:
        yield _removed(environment, tree, base_tree)


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
