"""The course of the intervals, from one decision's own inputs."""

from __future__ import annotations

from support.deciding import at, decision_on, observing, seen
from support.releases import POLICY, closed

from sluicegate.gate.core.course import MOST_POINTS, course


def test_closed_steps_come_first_then_points_of_the_running_one_then_the_decision() -> None:
    release = at(25, (closed(5, 100, 1900, error_rate=(100, 1900, 1, 19)),))
    reading = seen(25, 3000, 9000, 60, error_rate=(3000, 9000, 30, 90))
    decision = decision_on(release, observing(reading))
    points = course(decision, POLICY, reading, reading.at)
    assert points[0].weight == 5
    assert {point.weight for point in points[1:]} == {25}
    assert 3 <= len(points) <= MOST_POINTS + 4
    assert [point.requests for point in points] == sorted(point.requests for point in points)
    assert points[-1].judgements == decision.judgements
    assert points[0].next_weight == 25


def test_a_decision_without_a_judgement_has_no_course() -> None:
    decision = decision_on(at(0), observing())
    assert course(decision, POLICY, None, decision.release.since) == []
