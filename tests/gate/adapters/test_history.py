from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.adapters.history import MOST, History


def moments(history: History[int]) -> list[float]:
    return [at for at, _ in history.seen()]


def test_moments_too_close_give_way_to_the_newest_and_the_first_stays():
    history = History[int](10)
    for at in (0, 3, 6, 12, 15, 23):
        history.add(at, at)
    assert moments(history) == [0, 12, 23]
    assert history.seen()[-1] == (23, 23)


@given(st.integers(1, 2000), st.floats(0.1, 5))
def test_however_long_it_goes_on_it_is_bounded_and_holds_both_ends(count: int, every: float):
    history = History[int](1)
    for number in range(count):
        history.add(number * every, number)
    kept = history.seen()
    assert len(kept) <= MOST
    assert (kept[0][1], kept[-1][1]) == (0, count - 1)
    assert moments(history) == sorted(set(moments(history)))
