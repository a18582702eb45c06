from __future__ import annotations

import pytest

from sluicegate.specs.rules import named_as_directory, rising, steps_of_a_rollout
from sluicegate.specs.yamlio import parse

DOCUMENT = parse(b"name: a\nsteps: [5, 5, 50]\n", "environments/dev/m/release.yaml")


def test_a_name_is_that_of_the_directory_or_of_one_above() -> None:
    assert list(named_as_directory(DOCUMENT, ("name",), "m")) == []
    assert list(named_as_directory(DOCUMENT, ("name",), "dev", up=1)) == []
    (problem,) = named_as_directory(DOCUMENT, ("name",), "a")
    assert problem.located == "environments/dev/m/release.yaml:1:7: name: is called 'a' in the directory 'm'"
    assert problem.remedy == "give both the same name"


@pytest.mark.parametrize("up", [0, 1])
def test_a_file_outside_of_any_directory_may_have_any_name(up: int) -> None:
    assert list(named_as_directory(parse(b"name: a\n", "release.yaml"), ("name",), "a", up)) == []


def test_each_number_that_does_not_rise_is_named() -> None:
    assert [problem.where for problem in rising(DOCUMENT, ("steps",), (5, 5, 4, 6))] == [
        "steps[1]",
        "steps[2]",
    ]
    assert list(rising(DOCUMENT, ("steps",), ())) == []


def test_the_steps_of_a_rollout_end_with_all_traffic() -> None:
    assert list(steps_of_a_rollout(DOCUMENT, ("steps",), (1, 50, 100))) == []
    found = [
        (problem.where, problem.message) for problem in steps_of_a_rollout(DOCUMENT, ("steps",), (5, 5, 50))
    ]
    assert found == [("steps[1]", "5 comes after 5"), ("steps[2]", "the last step is 50, not 100")]
