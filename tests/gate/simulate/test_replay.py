from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sluicegate.gate.simulate.replay import looks
from sluicegate.gate.simulate.windows import CountedWindow, GateCounts, Predictions
from sluicegate.specs.policy import Cohorts, Gate, Policy
from sluicegate.specs.release import Traffic

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy((10, 50, 100), (Gate("error_rate", 0.1),), min_requests=0, min_seconds=20)


def windows(*weights, bad=0, seconds=10):
    for number, weight in enumerate(weights):
        start = BEGIN + timedelta(seconds=number * seconds)
        canary = 10 * weight
        counts = GateCounts(1000, canary, (canary * bad // 100,), (0,))
        yield CountedWindow(start, float(seconds), weight, {"error_rate": counts})


def kinds(found):
    return [look.decision.kind for look in found]


def test_each_window_gets_its_decision_at_its_end():
    found = list(looks(POLICY, windows(10, 10, 10)))
    assert [look.end for look in found] == [BEGIN + timedelta(seconds=s) for s in (10, 20, 30)]
    assert kinds(found)[0] == "wait"
    assert found[0].decision.reason.endswith("10 s of the 20 s that this step lasts")


def test_where_the_file_follows_the_gate_it_goes_on_to_the_end():
    weight, number, seen = 10, 0, []
    while number < 60 and "finish" not in seen:
        # The file so far, and one more window at the weight that the last decision asked for.
        number += 1
        seen.append(weight)
        last = list(looks(POLICY, windows(*(w for w in seen if isinstance(w, int)))))[-1]
        weight = last.decision.release.weight
        if last.decision.kind == "finish":
            break
    assert last.decision.kind == "finish"
    assert sorted({*seen}) == [10, 50, 100]


def test_where_the_file_stays_the_step_goes_on():
    found = list(looks(POLICY, windows(*[10] * 12)))
    assert kinds(found)[-3:] == ["advance"] * 3
    assert {look.decision.release.weight for look in found[-3:]} == {50}
    assert found[-1].decision.judgements[0].requests == 12_000


def test_where_the_file_moves_by_itself_what_was_counted_still_counts():
    *_, last = looks(POLICY, windows(10, 10, 50))
    assert last.decision.judgements[0].requests == 3000
    assert len(last.decision.before.counts) == 1


def test_a_rollback_ends_it():
    found = list(looks(POLICY, windows(*[10] * 12, bad=90)))
    assert kinds(found)[-1] == "rollback"
    assert len(found) < 12


def test_a_window_without_figures_proves_nothing():
    blind = [CountedWindow(BEGIN, 10.0, 10, {})] * 3
    assert kinds(looks(POLICY, blind)) == ["wait"] * 3


def test_pairs_are_judged_in_the_dark_and_none_of_them_is_traffic():
    policy = Policy((10, 100), (Gate("shadow", 0.01, paired=True),))

    def dark(different):
        for number in range(10):
            counts = GateCounts(500, 500, (different,), (0,))
            yield CountedWindow(BEGIN + timedelta(seconds=10 * number), 10.0, 0, {"shadow": counts})

    found = list(looks(policy, dark(0)))
    assert kinds(found)[0] == "wait"
    assert (found[-1].decision.kind, found[-1].decision.release.weight) == ("advance", 10)
    (step,) = found[-1].decision.release.counts
    assert (step.traffic.canary, step.traffic.stable) == (0, 5000)
    assert kinds(looks(policy, dark(15)))[-1] == "rollback"


def test_copies_are_no_traffic_of_users():
    """Else all requests of a step in which pairs alone were counted would look like the canary's."""
    policy = Policy((10, 100), (Gate("shadow", 0.01, paired=True),))
    counts = GateCounts(500, 500, (0,), (0,))
    (found,) = looks(policy, [CountedWindow(BEGIN, 10.0, 10, {"shadow": counts})])
    assert "wrong split" not in found.decision.reason


def test_beside_a_baseline_the_file_tells_what_each_track_got():
    slow = Gate("slow_requests", 0.1, against="baseline")
    policy = Policy((10, 50, 100), (slow,), min_seconds=20, baseline=True)
    pair = {"slow_requests": GateCounts(200, 100, (0,), (0,))}
    told = [
        CountedWindow(BEGIN + timedelta(seconds=10 * n), 10.0, 10, pair, Traffic(100, 900, 100))
        for n in range(12)
    ]
    last = list(looks(policy, told))[-1].decision
    assert (last.kind, last.release.weight, last.release.baseline) == ("advance", 50, False)
    assert last.judgements[0].against == "baseline"


HOURLY = Gate("delayed_labels", 0.02, series="wrong", cohorts=Cohorts(3600, 7200, 0.9))
LABELS = Policy((50, 100), (HOURLY,), min_requests=0)


def cohorts(*weights, labelled=490, wrong=5):
    """One an hour, of which 500 predictions a track were made and so many of the canary's have a label."""
    for number, weight in enumerate(weights):
        counts = GateCounts(490 + labelled, labelled, (wrong,), (5,), Predictions(500, 500))
        yield CountedWindow(BEGIN + timedelta(hours=number), 3600.0, weight, {"delayed_labels": counts})


def test_labels_that_came_are_judged_and_their_coverage_is_shown():
    found = list(looks(LABELS, cohorts(*[50] * 12)))
    assert (found[0].decision.kind, found[-1].decision.kind) == ("wait", "advance")
    (coverage,) = found[-1].decision.shown
    assert coverage.reason == (
        "delayed_labels coverage: 5,880 of the canary's 6,000 and 5,880 of stable's 6,000 predictions have a "
        "label, in 12 matured cohorts; the next matures at 2026-01-01 13:00 UTC"
    )
    assert kinds(looks(LABELS, cohorts(*[50] * 12, wrong=100)))[-1] == "rollback"


def test_too_few_labels_show_nothing_in_a_file_either():
    *_, last = looks(LABELS, cohorts(*[50] * 12, labelled=440, wrong=100))
    assert last.decision.kind == "wait"
    assert "not enough labels: 88 % of the canary's" in last.decision.reason


def test_the_coverage_is_that_of_the_running_step():
    *_, last = looks(LABELS, cohorts(10, 10, 50))
    assert "in 1 matured cohorts" in last.decision.shown[0].reason


def test_predictions_of_long_ago_are_no_traffic_of_now():
    """Else the requests of an hour at another weight would look like a wrong split of this one."""
    late = GateCounts(100_000, 10_000, (100,), (900,), Predictions(10_000, 90_000))
    now = GateCounts(1000, 500, (0,), (0,))
    policy = Policy((50, 100), (Gate("error_rate", 0.1), HOURLY), min_requests=0)
    (found,) = looks(policy, [CountedWindow(BEGIN, 3600.0, 50, {"delayed_labels": late, "error_rate": now})])
    assert "wrong split" not in found.decision.reason
