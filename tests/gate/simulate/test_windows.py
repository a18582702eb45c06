from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sluicegate.gate.simulate.windows import GateCounts, Predictions, read
from sluicegate.specs.policy import Cohorts, Gate, Policy
from sluicegate.specs.release import Traffic
from sluicegate.specs.yamlio import InputError

LABELS = Gate("delayed_labels", 0.02, series="wrong", cohorts=Cohorts(3600, 7200, 0.9))
POLICY = Policy(
    (1, 100),
    (
        Gate("error_rate", 0.01),
        Gate("score_drift", 0.1, two_sided=True, kinds=2),
        LABELS,
        Gate("shadow", 0.01, paired=True),
    ),
)
COUNTS = {"requests": 1000, "canary": 10, "bad_canary": 0, "bad_stable": 5}
LINE = {"start": "2026-01-01T00:00:00+00:00", "seconds": 10, "weight": 1, "gates": {"error_rate": COUNTS}}


def lines(*objects):
    return iter([json.dumps(each) + "\n" for each in objects])


def line(**changed):
    return {**LINE, **changed}


def counts(**changed):
    return line(gates={"error_rate": {**COUNTS, **changed}})


def test_a_line_is_a_window():
    (window,) = read(lines(LINE), "w.jsonl", POLICY)
    assert (window.start.isoformat(), window.seconds, window.weight) == ("2026-01-01T00:00:00+00:00", 10.0, 1)
    assert window.gates == {"error_rate": GateCounts(1000, 10, (0,), (5,))}


def test_several_kinds_are_a_list_and_empty_lines_are_skipped():
    drift = {**COUNTS, "bad_canary": [3, 1], "bad_stable": [300, 100]}
    text = iter(["\n", *lines(line(gates={"score_drift": drift})), "  \n"])
    (window,) = read(text, "w.jsonl", POLICY)
    assert window.gates["score_drift"].bad_canary == (3, 1)


def labelled(**changed):
    made = {"predictions": {"canary": 12, "stable": 1000}}
    return line(gates={"delayed_labels": {**COUNTS, **made, **changed}})


def test_a_gate_that_compares_cohorts_has_the_predictions_of_those_that_matured():
    (window,) = read(lines(labelled()), "w.jsonl", POLICY)
    counts = GateCounts(1000, 10, (0,), (5,), Predictions(12, 1000))
    assert window.gates == {"delayed_labels": counts}


FAULTS = {
    "no predictions": (
        line(gates={"delayed_labels": COUNTS}),
        "delayed_labels: predictions is not there, and without it no coverage of labels is known",
    ),
    "more labels than predictions": (
        labelled(predictions={"canary": 9, "stable": 1000}),
        "10 of the 9 predictions on canary are said to have a label",
    ),
    "predictions of one track": (labelled(predictions={"canary": 12}), "stable"),
    "predictions of requests": (
        counts(predictions={"canary": 12, "stable": 1000}),
        "predictions are there, and the gate compares no cohorts",
    ),
    "more than fits a float": (line(seconds=10**400), "window.seconds"),
    "more requests than there are": (counts(requests=10**400), "more requests than anybody has counted"),
    "more traffic than there is": (
        line(traffic={"canary": 10**400, "stable": 1, "baseline": 0}),
        "more requests than anybody has counted",
    ),
    "scores above an edge and not above the one before it": (
        line(gates={"score_drift": {**COUNTS, "bad_canary": [3, 4], "bad_stable": [300, 100]}}),
        "bad_canary rises",
    ),
    "pairs that are not the canary's": (
        line(gates={"shadow": COUNTS}),
        "10 of the 1000 pairs are the canary's, and all of them are",
    ),
    "weight is a text": (line(weight="1"), "weight"),
    "weight of 101": (line(weight=101), "not a percentage"),
    "no seconds": (line(seconds=0), "not between 0 and a day"),
    "a key too many": (line(extra=1), "extra"),
    "no time zone": (line(start="2026-01-01T00:00:00"), "start is '2026-01-01T00:00:00'"),
    "before the line above": (line(start="2025-01-01T00:00:00+00:00"), "before the line above"),
    "another gate": (line(gates={"latency": COUNTS}), "no gate 'latency'; it has error_rate, score_drift"),
    "more canary than requests": (counts(canary=1001), "-1 requests on stable"),
    "negative": (counts(canary=-1), "-1 requests on canary"),
    "more failed than had": (counts(bad_canary=11), "11 of the 10 requests on canary"),
    "two kinds of one": (counts(bad_stable=[1, 2]), "bad_stable has 2 numbers, the gate counts 1"),
    "more baseline than stable": (
        line(traffic={"canary": 1, "stable": 2, "baseline": 3}),
        "3 requests on the baseline, of 2 on stable",
    ),
    "no canary": (line(gates={"error_rate": {"requests": 1}}), "canary"),
    "a list": ([1], "window is "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_line(fault):
    bad, message = FAULTS[fault]
    found = read(lines(LINE, bad), "w.jsonl", POLICY)
    assert next(found).weight == 1
    with pytest.raises(InputError, match=message) as caught:
        next(found)
    assert str(caught.value).startswith("w.jsonl:2: ")
    assert "docs/benchmark.md" in str(caught.value)


@pytest.mark.parametrize("text", [[], ["\n", "  \n"]])
def test_a_file_without_a_window_is_no_pass(text):
    with pytest.raises(InputError, match="it has no window, so there is nothing to judge"):
        list(read(iter(text), "w.jsonl", POLICY))


def test_what_is_not_json_is_said_to_be():
    with pytest.raises(InputError, match=r"w\.jsonl:1: this is not JSON"):
        next(read(iter(["{"]), "w.jsonl", POLICY))


def test_a_key_that_is_given_twice_is_refused():
    twice = json.dumps(LINE).replace('"bad_canary": 0', '"bad_canary": 9, "bad_canary": 0')
    with pytest.raises(InputError, match=r"w\.jsonl:1: .*'bad_canary' is given twice"):
        next(read(iter([twice]), "w.jsonl", POLICY))


def test_beside_a_baseline_the_traffic_has_to_be_told():
    beside = replace(POLICY, baseline=True)
    with pytest.raises(InputError, match="traffic is not there, and the policy has a baseline"):
        next(read(lines(LINE), "w.jsonl", beside))
    told = line(traffic={"canary": 10, "stable": 990, "baseline": 10})
    (window,) = read(lines(told), "w.jsonl", beside)
    assert window.traffic == Traffic(10, 990, 10)
    assert next(read(lines(line(weight=50)), "w.jsonl", beside)).traffic is None
