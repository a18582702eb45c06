import numpy as np
from support.series import series

from sluicegate.gate.adapters.resets import Starts, gaps, instances, was_reset
from sluicegate.gate.metrics.base import ANSWERED, REQUESTS

JOB = {"job": "gateway", "instance": "a"}
NO_STARTS = Starts()


def started(*moments: float | None) -> Starts:
    return Starts.of([series("process_start_time_seconds", list(moments), **JOB)])


def test_counters_that_rise_and_those_that_begin_later_are_not_reset():
    risen = series(REQUESTS, [1, 1, 5], **JOB)
    later = series(REQUESTS, [None, 1, 2], code="500", **JOB)
    assert was_reset([risen, later], NO_STARTS) == {}


def test_each_series_tells_its_own_reset_however_much_the_others_grew():
    found = was_reset([series(REQUESTS, [9, 12, 2], **JOB), series(REQUESTS, [0, 0, 5000])], NO_STARTS)
    assert found == {2: f"{REQUESTS} went back"}


def test_a_series_that_is_gone_and_one_that_comes_back_are_resets():
    assert was_reset([series(REQUESTS, [9, None, None], **JOB)], NO_STARTS) == {1: f"{REQUESTS} is gone"}
    found = was_reset([series(REQUESTS, [9, None, 12], **JOB)], NO_STARTS)
    assert found == {1: f"{REQUESTS} is gone", 2: f"{REQUESTS} was gone and is back"}


def test_a_process_that_missed_a_moment_and_is_the_same_is_no_reset_and_no_sum_is_known_then():
    missed = [series(REQUESTS, [9, None, 12], **JOB)]
    assert was_reset(missed, started(100, None, 100)) == {}
    assert list(gaps(missed, started(100, None, 100), 3)) == [False, True, False]
    assert not gaps(missed, NO_STARTS, 3).any()


def test_a_process_that_restarted_is_one_though_its_counters_grew():
    found = was_reset([series(REQUESTS, [9, 12, 15], **JOB)], started(100, 100, 200))
    assert found == {2: f"{REQUESTS} belongs to a process that restarted"}
    back = was_reset([series(REQUESTS, [9, None, 15], **JOB)], started(100, None, 200))
    assert sorted(back) == [1, 2]


def test_another_process_that_restarted_is_none_of_its_business():
    assert was_reset([series(REQUESTS, [9, 12], job="other", instance="b")], started(100, 200)) == {}


def test_what_one_pod_answered_is_the_sum_over_its_codes():
    pods = instances(
        [
            series(ANSWERED, [5, 7], code="200", instance="a"),
            series(ANSWERED, [None, 1], code="500", instance="a"),
            series(ANSWERED, [None, 2], code="200", instance="b"),
        ]
    )
    assert [list(np.nan_to_num(pod, nan=-1)) for pod in pods] == [[5, 8], [-1, 2]]
