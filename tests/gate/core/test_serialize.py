"""JSON values and back, strictly."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations, Reading, Window
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Release, Step, Tally

POLICY = Policy((100,), (Gate("error_rate", 0.01),))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
for kind, strategy in (
    (datetime, moments),
    (timedelta, st.integers(0, 10**9).map(lambda s: timedelta(seconds=s))),
):
    st.register_type_strategy(kind, strategy)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize(
    "kind", [Release, Policy, Observations, Tally, Window, Judgement, Decision, Reading, Gate]
)
def test_every_noun_comes_back_equal_through_json(kind):
    @settings(max_examples=25)
    @given(st.from_type(kind))
    def round_trip(value):
        assert load(kind, json.loads(json.dumps(dump(value)))) == value

    round_trip()


def test_a_record_of_before_a_field_was_added_stays_good():
    assert load(Sample, {"when": "2024-01-01T00:00:00+00:00", "number": 1.5}) == Sample(1.5)
    with pytest.raises(SerializationError, match="lacks 'when'"):
        load(Sample, {"number": 1.5})


def test_what_is_serialised_keeps_its_keys_whatever_the_fields_are_called():
    interval = Interval(-0.1, 0.02)
    counts = {"requests": 900, "canary_requests": 45, "bad_canary": 0, "bad_stable": 3}
    judgement = Judgement(
        gate="error_rate",
        margin=0.01,
        tolerance=0.005,
        **counts,
        rate_difference=interval,
        edge=None,
        harmful=False,
        non_inferior=True,
        reason="so",
        needs=7,
        windows=6,
        capped=1,
        at_most=0.02,
        failure_rate=interval,
    )
    data = {
        "gate": "error_rate",
        "margin": 0.01,
        "tolerance": 0.005,
        **counts,
        "excess": {"lower": -0.1, "upper": 0.02},
        "edge": None,
        "harm": False,
        "proven": True,
        "reason": "so",
        "needs": 7,
        "windows": 6,
        "capped": 1,
        "relative": 0.0,
        "at_most": 0.02,
        "failure_rate": {"lower": -0.1, "upper": 0.02},
    }
    assert dump(judgement) == data
    assert load(Judgement, data) == judgement
    with pytest.raises(SerializationError, match="has no field 'harmful'"):
        load(Judgement, {**data, "harmful": False})
    with pytest.raises(SerializationError, match="lacks 'excess'"):
        load(Judgement, {key: value for key, value in data.items() if key != "excess"})


def test_infinite_ends_are_null():
    assert dump(Interval()) == {"lower": None, "upper": None}
    assert load(Interval, {"lower": None, "upper": 0.5}) == Interval(-math.inf, 0.5)


@dataclass(frozen=True)
class Sample:
    number: float = 0.0
    when: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    note: str | None = field(default=None, metadata={"later": True})


@pytest.mark.parametrize(
    "value",
    [Sample(math.inf), Sample(math.nan), Interval(math.inf, 1.0), Sample(when=datetime(2024, 1, 1)), {1, 2}],
)
def test_what_cannot_be_serialised_is_refused(value):
    with pytest.raises(SerializationError):
        dump(value)


GATE = dump(Gate("e", 0.1))


@pytest.mark.parametrize(
    ("kind", "data", "where"),
    [
        (Gate, {**GATE, "two_sided": 1}, "Gate.two_sided"),
        (Gate, {**GATE, "margin": True}, "Gate.margin"),
        (Gate, {**GATE, "margin": None}, "Gate.margin"),
        (Gate, {**GATE, "kinds": 1.5}, "Gate.kinds"),
        (Gate, {name: value for name, value in GATE.items() if name != "kinds"}, "kinds"),
        (Gate, [], "an object"),
        (
            CounterDelta,
            {"requests": 2, "canary": 1, "bad_canary": [1, "2"], "bad_stable": [1]},
            r"bad_canary\[1\]",
        ),
        (
            Step,
            {
                "weight": 5,
                "traffic": {"canary": 1, "stable": 1},
                "tallies": {"e": {"rest": {"requests": "2"}}},
            },
            r"Step.tallies.e lacks 'windows'",
        ),
        (Sample, {"number": 1, "when": "2024-01-01T00:00:00"}, "Sample.when"),
        (Interval, {"lower": math.inf, "upper": 1}, "Interval.lower"),
        (Interval, {"lower": 10**400, "upper": 1}, "Interval.lower"),
        (Policy, {**dump(POLICY), "deadline": 1e300}, "Policy.deadline"),
        (Policy, {**dump(POLICY), "window": 10**400}, "Policy.window"),
        (Policy, {**dump(POLICY), "window": math.nan}, "Policy.window"),
    ],
)
def test_the_fault_is_located(kind, data, where):
    with pytest.raises(SerializationError, match=where):
        load(kind, data)
