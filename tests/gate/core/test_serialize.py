"""JSON values and back, strictly."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations, Reading
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Baseline, CounterSnapshot, Release

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
for kind, strategy in (
    (datetime, moments),
    (timedelta, st.integers(0, 10**9).map(lambda s: timedelta(seconds=s))),
):
    st.register_type_strategy(kind, strategy)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize(
    "kind", [Release, Policy, Observations, Baseline, Judgement, Decision, Reading, Gate]
)
def test_every_noun_comes_back_equal_through_json(kind):
    @settings(max_examples=25, deadline=None)
    @given(st.from_type(kind))
    def round_trip(value):
        assert load(kind, json.loads(json.dumps(dump(value)))) == value

    round_trip()


def test_a_record_of_before_a_field_was_added_stays_good():
    reading = Reading(datetime(2026, 1, 1, tzinfo=UTC), 5, True)
    older = {key: value for key, value in dump(reading).items() if key != "synced"}
    assert load(Reading, older) == reading
    with pytest.raises(SerializationError, match="lacks 'ready'"):
        load(Reading, {key: value for key, value in older.items() if key != "ready"})


def test_what_is_serialised_keeps_its_keys_whatever_the_fields_are_called():
    judgement = Judgement("error_rate", 0.01, 900, 45, 0, 3, Interval(-0.1, 0.02), None, False, True, "so", 7)
    data = {
        "gate": "error_rate",
        "margin": 0.01,
        "requests": 900,
        "canary_requests": 45,
        "bad_canary": 0,
        "bad_stable": 3,
        "excess": {"lower": -0.1, "upper": 0.02},
        "edge": None,
        "harm": False,
        "proven": True,
        "reason": "so",
        "needs": 7,
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


@pytest.mark.parametrize(
    "value",
    [Sample(math.inf), Sample(math.nan), Interval(math.inf, 1.0), Sample(when=datetime(2024, 1, 1)), {1, 2}],
)
def test_what_cannot_be_serialised_is_refused(value):
    with pytest.raises(SerializationError):
        dump(value)


@pytest.mark.parametrize(
    ("kind", "data", "where"),
    [
        (Gate, {"name": "e", "margin": 0.1, "two_sided": 1, "kinds": 1}, "Gate.two_sided"),
        (Gate, {"name": "e", "margin": True, "two_sided": False, "kinds": 1}, "Gate.margin"),
        (Gate, {"name": "e", "margin": None, "two_sided": False, "kinds": 1}, "Gate.margin"),
        (Gate, {"name": "e", "margin": 0.1, "two_sided": False, "kinds": 1.5}, "Gate.kinds"),
        (Gate, {"name": "e", "margin": 0.1, "two_sided": False}, "kinds"),
        (Gate, [], "an object"),
        (
            CounterSnapshot,
            {"canary": 1, "stable": 1, "bad_canary": [1, "2"], "bad_stable": [1]},
            r"bad_canary\[1\]",
        ),
        (Sample, {"number": 1, "when": "2024-01-01T00:00:00"}, "Sample.when"),
        (Interval, {"lower": math.inf, "upper": 1}, "Interval.lower"),
    ],
)
def test_the_fault_is_located(kind, data, where):
    with pytest.raises(SerializationError, match=where):
        load(kind, data)
