from __future__ import annotations

from sluicegate.specs.order import in_order, predecessors

CHAIN = {"production": "staging", "dev": None, "staging": "dev"}


def test_each_environment_comes_after_the_one_that_it_names() -> None:
    assert in_order(CHAIN) == ["dev", "staging", "production"]


def test_those_of_equal_depth_come_by_name() -> None:
    assert in_order({"us": "dev", "dev": None, "eu": "dev", "apac": "eu"}) == ["dev", "eu", "us", "apac"]


def test_predecessors_are_nearest_first() -> None:
    assert predecessors("production", CHAIN) == ["staging", "dev"]
    assert predecessors("dev", CHAIN) == []


def test_an_unknown_environment_ends_the_chain_and_is_a_part_of_it() -> None:
    assert predecessors("staging", {"staging": "test"}) == ["test"]
    assert predecessors("other", CHAIN) == []


def test_a_cycle_ends_where_it_closes() -> None:
    assert predecessors("a", {"a": "b", "b": "a"}) == ["b", "a"]
    assert predecessors("c", {"a": "b", "b": "a", "c": "a"}) == ["a", "b"]
    assert sorted(in_order({"a": "b", "b": "a", "c": "a"})) == ["a", "b", "c"]
