"""What is wrong with the order of the environments. Pure."""

from __future__ import annotations

from sluicegate.specs.order import cycle
from sluicegate.specs.repository import Environments
from sluicegate.specs.yamlio import InputError, Problem

AFTER = ("spec", "after")


def order_problem(environments: Environments, name: str) -> Problem | None:
    """Why a readable environment has no position: its `after` names none, or leads back to itself."""
    document, spec = environments.read[name]
    absent = [before for before in spec.upstream if before not in environments.names]
    if absent:
        others = ", ".join(sorted(environments.names - {name})) or "none"
        message = f"there is no environment {absent[0]!r} to come after"
        return document.problem(AFTER, message, f"name one of {others}, or leave `after` out")
    circle = cycle(name, environments.after)
    if circle:
        message = f"waits for itself: {' after '.join(circle)}"
        return document.problem(AFTER, message, "let one of them come first, without `after`")
    return None


def last(environments: Environments) -> str | None:
    """The environment that comes last; None for none at all.

    Raises InputError where one cannot be read or is out of order: another would pass for the last.
    """
    problems = [problem for some in environments.unreadable.values() for problem in some]
    for name in environments.specs:
        problem = order_problem(environments, name)
        if problem is not None:
            problems.append(problem)
    if problems:
        raise InputError(*problems)
    return next(reversed(environments.specs), None)
