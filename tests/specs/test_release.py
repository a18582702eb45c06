from __future__ import annotations

import pytest
from support.releases import delta

from sluicegate.specs.release import Tally, Traffic


def test_counts_add_up_track_by_track_and_kind_by_kind() -> None:
    total = delta(50, 950, (3, 1), (7, 2)) + delta(5, 95, (1, 0), (0, 2))
    assert total == delta(55, 1045, (4, 1), (7, 4))
    assert Traffic(50, 950) + Traffic(5, 95) == Traffic(55, 1045)


def test_counts_of_other_kinds_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="shorter"):
        delta(50, 950, (3, 1), (7, 2)) + delta(5, 95, 1, 0)


def test_the_total_of_a_step_has_every_window_in_it_kept_or_not() -> None:
    tally = Tally(delta(50, 950, 1, 7), (delta(5, 95, 4, 0), delta(6, 94, 0, 9)))
    assert tally.total == delta(61, 1139, 5, 16)
    assert Tally(delta(1, 2)).total == delta(1, 2)
