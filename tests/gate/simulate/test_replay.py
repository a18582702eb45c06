from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sluicegate.gate.simulate.replay import looks
from sluicegate.gate.simulate.windows import CountedWindow, GateCounts
from sluicegate.specs.policy import Gate, Policy
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
