import math
from collections.abc import Sequence

import numpy as np
from support.series import series

from sluicegate.gate.adapters.resets import Starts, gaps, instances, was_reset, within_step
from sluicegate.gate.adapters.samples import Series
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


MOMENTS = np.array([100.0, 110.0, 120.0, 130.0])


def counted(*several: Series, starts: Starts = NO_STARTS, known: Sequence[Series] = ()) -> list[list[float]]:
    cut = within_step(several, starts, MOMENTS, known)
    return [list(np.nan_to_num(one.values, nan=-1)) for one in cut]


def test_a_replica_that_is_discovered_late_counts_from_its_first_sample():
    late = series(REQUESTS, [None, 5000, 5004, 5009], instance="b")
    failed = series(REQUESTS, [None, 70, 71, 71], code="500", instance="b")
    seen = series(REQUESTS, [900, 910, 920, 930], instance="a")
    assert counted(late, failed, seen) == [[-1, 0, 4, 9], [-1, 0, 1, 1], [900, 910, 920, 930]]


def test_a_replica_that_started_within_the_step_counts_from_0_and_one_that_is_older_does_not():
    late = series(REQUESTS, [None, 7, 9, 12], **JOB)
    assert counted(late, starts=started(None, 100, 100, 100)) == [[-1, 7, 9, 12]]
    assert counted(late, starts=started(None, 99, 99, 99)) == [[-1, 0, 2, 5]]


def test_the_first_error_of_a_process_that_was_seen_before_counts():
    first_error = series(REQUESTS, [None, None, 2, 3], code="500", **JOB)
    requests = series(REQUESTS, [9, 12, 19, 20], code="200", **JOB)
    assert counted(requests, first_error)[1] == [-1, -1, 2, 3]
    assert counted(first_error, known=[requests]) == [[-1, -1, 2, 3]]
    late = series(REQUESTS, [None, 12, 19, 20], code="200", **JOB)
    assert counted(late, first_error) == [[-1, 0, 7, 8], [-1, -1, 2, 3]], (
        "its process was seen the moment before"
    )


def test_behind_a_restart_a_late_replica_counts_from_0():
    assert counted(series(REQUESTS, [None, 50, 60, 3], **JOB)) == [[-1, 0, 10, 3]]


def test_what_is_no_number_stays_what_it_is():
    assert counted(series(REQUESTS, [None, math.nan, 60, 70], **JOB)) == [[-1, np.nan_to_num(np.inf), 60, 70]]
