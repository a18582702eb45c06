"""What of a version's figures is the warm-up of its pods: 50 requests come from moment to moment."""

import math

import numpy as np
import pytest

from sluicegate.gate.adapters.warmup import warming

WARM = 10
ABSENT = math.nan


def seen(*pods: list[float], sent: list[float] | None = None, least: int = WARM) -> str:
    """By moment: `w` where a window that begins there belongs to a warm-up, `.` where it counts."""
    sent = [50.0 * moment for moment in range(len(pods[0]))] if sent is None else sent
    found = warming([np.array(pod) for pod in pods], np.array(sent), least)
    return "".join("w" if one else "." for one in found)


def coming(at: int, of: int, each: float = 25) -> list[float]:
    """A pod that is seen first at a moment, and gets warm within the next."""
    return [ABSENT if moment < at else each * (moment - at) for moment in range(of)]


def test_a_pod_warms_up_from_before_it_is_seen_until_it_has_answered_enough():
    assert seen([ABSENT, ABSENT, 0, 9, 10, 20]) == ".www.."
    assert seen([0, 9, 10, 20]) == "ww.."


def test_a_pod_that_was_there_before_and_is_warm_does_not_warm_up():
    assert seen([10, 20, 30]) == "..."
    assert seen([10, ABSENT, 30]) == "...", "a missed scrape does not make it a new pod"


def test_without_a_warm_up_every_window_counts():
    assert seen([ABSENT, 0, 3], [0, 0, 1], least=0) == "..."


def test_pods_that_come_one_after_another_each_have_their_warm_up():
    """However many: each gets warm, so the cold answers are those of new pods alone."""
    pods = [coming(at, of=16) for at in (0, 3, 6, 9, 12)]
    assert seen(*pods) == "w.ww.ww.ww.ww..."


def test_a_pod_that_hangs_counts_once_the_version_was_sent_many_times_a_warm_up():
    """It answers nothing, so it would warm up for ever and none of its failures would count."""
    assert seen([0] * 6) == "www..."
    assert seen([0] * 6, coming(0, 6)) == "wwwww.", "a pod of two gets half of the requests"
    assert seen([0] * 4, sent=[0, 1, 2, 3]) == "wwww", "nobody asks it"


def test_at_whatever_traffic_the_first_window_of_a_pod_is_its_warm_up():
    assert seen([ABSENT, 0, 4000, 8000], sent=[0, 0, 4000, 8000]) == "ww.."


def test_a_pod_that_restarts_again_and_again_is_judged_cold_as_it_is():
    """Else a version that fails after each of its restarts would be judged on its good moments alone."""
    loop = [20, 40, 0, 20, 40, 0, 20, 40, 0, 20, 40, 0, 20]
    assert seen(loop) == ".ww.ww......."
    warm = [500.0 + 25 * n for n in range(13)]
    assert seen(loop, *[warm] * 99) == ".ww.ww.......", "one of many hides no more of the others' windows"


def test_a_pod_in_a_crash_loop_leaves_the_other_pods_their_warm_up():
    loop = [20, 40, 0, 20, 40, 0, 20, 40, 0, 20, 40, 0, 20]
    assert seen(loop, coming(11, of=13)) == ".ww.ww....ww."


def test_pods_that_come_later_take_nothing_back_of_what_was_counted():
    """A canary whose failures make it grow would lose them."""
    pods = [[0 if moment == at else ABSENT for moment in range(10)] for at in range(6)]
    assert seen(*pods) == "ww........"
    grown = [coming(8, of=10) for _ in range(5)]
    assert seen(*pods, *grown) == "ww.....ww."


def test_pods_that_are_replaced_by_new_ones_again_and_again_are_judged_cold():
    pods = [[0 if moment == at else ABSENT for moment in range(8)] for at in range(8)]
    assert seen(*pods) == "ww......"


@pytest.mark.parametrize("unknown", [ABSENT, 0])
def test_requests_that_are_not_known_or_begin_again_make_the_patience_no_longer(unknown: float):
    assert seen([0] * 6, sent=[90, 140, unknown, 200, 250, 300]) in ("wwww..", "www...")
