from __future__ import annotations

from sluicegate.specs.order import cycle, in_order, predecessors, wave

CHAIN = {"production": ("staging",), "dev": (), "staging": ("dev",)}
DIAMOND = {"production": ("eu", "us"), "eu": ("dev",), "us": ("dev", "load"), "load": ("dev",), "dev": ()}


def test_each_environment_comes_after_the_one_that_it_names() -> None:
    assert in_order(CHAIN) == ["dev", "staging", "production"]


def test_those_of_equal_depth_come_by_name() -> None:
    after = {"us": ("dev",), "dev": (), "eu": ("dev",), "apac": ("eu",)}
    assert in_order(after) == ["dev", "eu", "us", "apac"]


def test_one_that_waits_for_several_comes_after_all_of_them() -> None:
    assert in_order(DIAMOND) == ["dev", "eu", "load", "us", "production"]
    assert [wave(name, DIAMOND) for name in in_order(DIAMOND)] == [0, 1, 1, 2, 3]
    assert predecessors("production", DIAMOND) == ["eu", "us", "dev", "load"]


def test_predecessors_are_nearest_first() -> None:
    assert predecessors("production", CHAIN) == ["staging", "dev"]
    assert predecessors("dev", CHAIN) == []


def test_an_unknown_environment_ends_the_chain_and_is_a_part_of_it() -> None:
    assert predecessors("staging", {"staging": ("test",)}) == ["test"]
    assert predecessors("other", CHAIN) == []


def test_a_cycle_ends_where_it_closes() -> None:
    circle = {"a": ("b",), "b": ("a",), "c": ("a",)}
    assert predecessors("a", circle) == ["b", "a"]
    assert predecessors("c", circle) == ["a", "b"]
    assert sorted(in_order(circle)) == ["a", "b", "c"]
    assert cycle("a", circle) == ["a", "b", "a"]
    assert cycle("c", circle) == []
