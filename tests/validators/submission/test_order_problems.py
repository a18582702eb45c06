from __future__ import annotations

import pytest

from sluicegate.specs.environment import EnvironmentSpec, Metrics
from sluicegate.specs.repository import Environments
from sluicegate.specs.yamlio import InputError, Problem, parse
from sluicegate.validators.submission.order_problems import last, order_problem


def environments(unreadable: tuple[str, ...] = (), **after: str | None) -> Environments:
    metrics = Metrics("scrape", "http://127.0.0.1:8000")
    read = {
        name: (
            parse(b"spec: {after: x}\n", f"environments/{name}/environment.yaml"),
            EnvironmentSpec(name, name, metrics, "embedded", before),
        )
        for name, before in after.items()
    }
    return Environments(read, {name: (Problem("is broken", "fix it", name),) for name in unreadable})


def test_the_last_is_the_one_that_waits_for_most_others() -> None:
    assert last(environments(a="b", b=None, c="a")) == "c"
    assert last(environments(b=None, a=None)) == "b"
    assert last(environments()) is None


@pytest.mark.parametrize(
    "every",
    [
        environments(("eu",), dev=None),
        environments(dev="nowhere"),
        environments(dev="production", production="dev"),
    ],
    ids=["unreadable", "after nothing", "cycle"],
)
def test_where_the_order_is_not_known_no_other_passes_for_the_last(every) -> None:
    with pytest.raises(InputError):
        last(every)


def test_an_unreadable_environment_can_be_waited_for() -> None:
    assert order_problem(environments(("dev",), production="dev"), "production") is None


def test_a_problem_has_its_line() -> None:
    problem = order_problem(environments(production="dev"), "production")
    assert problem is not None
    assert (problem.path, problem.line, problem.where) == (
        "environments/production/environment.yaml",
        1,
        "spec.after",
    )
