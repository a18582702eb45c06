import numpy as np
import pytest

from sluicegate.validators.evaluation.expected.outcome import Outcome, first, shown


@pytest.mark.parametrize(
    ("rows", "broken", "share", "holds"),
    [(10, 0, 1.0, True), (10, 1, 1.0, False), (10, 1, 0.9, True), (10, 2, 0.9, False), (0, 0, 0.5, False)],
)
def test_it_holds_on_as_large_a_share_of_the_rows_as_it_has_to(rows, broken, share, holds):
    assert Outcome(rows, broken, share=share).holds is holds


def test_in_words():
    assert str(Outcome(20, 0)) == "holds on 20 of 20 rows"
    assert (
        str(Outcome(20, 2, "row 3", 0.95, "moves by 1"))
        == "holds on 18 of 20 rows, and has to on 0.95 of them; moves by 1; row 3"
    )


def test_values_read_the_same_with_every_numpy():
    assert [shown(value) for value in (np.float32(0.1), np.int64(3), "x", None)] == ["0.1", "3", "x", "None"]
    assert shown(np.array([0.5])) == "0.5"
    assert shown(np.arange(12)) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]"


def test_the_first_row_that_is_broken():
    assert [first(np.array(rows, bool)) for rows in ([0, 1, 1], [0, 0])] == [1, None]
