"""What an environment may require: each name has its meaning, and every other one is refused."""

from __future__ import annotations

from typing import get_args

from sluicegate.specs.require import DEFAULT, MEANINGS, Requirement


def test_each_name_has_a_meaning_and_the_default_is_among_them() -> None:
    assert set(MEANINGS) == set(get_args(Requirement))
    assert set(DEFAULT) <= set(MEANINGS)
