import pytest

from sluicegate.specs.parity import Parity, strictest


def test_the_lowest_of_each_limit_holds():
    assert strictest([Parity(0.1, 0.001, 0.5), Parity(0.01, 0.2, 0.05)]) == Parity(0.01, 0.001, 0.05)


def test_no_limit_at_all_is_no_limit_to_judge_by():
    with pytest.raises(ValueError, match="empty"):
        strictest([])
