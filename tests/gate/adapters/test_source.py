"""The arithmetic of a reading, from samples in memory; each source has its own tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sluicegate.gate.adapters.samples import READY, WEIGHT, NoData, Sample, Samples
from sluicegate.gate.adapters.source import CounterSource, Location, reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import ANSWERED, REQUESTS, FailureCounter, Selector
from sluicegate.specs.release import Baseline, CounterSnapshot, Release, Traffic, Version

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
DIGEST = "sha256:" + "2" * 64
RELEASE = Release(
    "m",
    "production",
    stable=Version(1, "1" * 40, "sha256:" + "1" * 64),
    canary=Version(2, "2" * 40, DIGEST),
    weight=5,
)
COUNTING = replace(RELEASE, baseline=Baseline(NOW, Traffic(0, 0), {}))
ERRORS = FailureCounter("gateway", (Selector(REQUESTS, unlike={"code": "2.."}),))
ANSWERS = FailureCounter("server", (Selector(ANSWERED, unlike={"code": "2.."}),))


def sample(name: str, value: float, **labels: str) -> Sample:
    return Sample(name, {"model": "m", **labels}, value)


GATEWAY = [
    sample(WEIGHT, 5, track="canary"),
    sample(READY, 1, track="canary", digest=DIGEST),
    sample(REQUESTS, 9, track="canary", code="200"),
    sample(REQUESTS, 1, track="canary", code="500"),
    sample(REQUESTS, 90, track="stable", code="200"),
]
SERVERS: dict[Location, list[Sample]] = {
    "canary": [
        sample(ANSWERED, 7, track="canary", code="200"),
        sample(ANSWERED, 1, track="canary", code="500"),
    ],
    "stable": [sample(ANSWERED, 80, track="stable", code="200")],
}


def sources(gateway: list[Sample] = GATEWAY, **reasons: str) -> Mapping[Location, CounterSource]:
    samples: dict[Location, list[Sample]] = {"gateway": gateway, **SERVERS}
    return {
        location: CounterSource(Samples(found, "m"), reset_reason=lambda *_, at=location: reasons.get(at))
        for location, found in samples.items()
    }


def read(release: Release = RELEASE, gateway: list[Sample] = GATEWAY, **reasons: str) -> Reading:
    counters = {"error_rate": (ERRORS,), "server_errors": (ANSWERS,)}
    return reading(release, counters, NOW, sources(gateway, **reasons))


def test_failures_are_counted_beside_the_requests_of_the_same_source():
    assert read() == Reading(
        NOW,
        5,
        True,
        Traffic(10, 90),
        {
            "error_rate": CounterSnapshot(10, 90, (1,), (0,)),
            "server_errors": CounterSnapshot(8, 80, (1,), (0,)),
        },
    )


def test_a_canary_is_ready_before_the_first_request():
    seen = read(gateway=GATEWAY[:2])
    assert (seen.weight, seen.ready, seen.traffic) == (5, True, None)
    assert seen.problems[0].startswith("the gateway gives no figures: ")


def test_replicas_that_disagree_give_no_weight():
    seen = read(gateway=[*GATEWAY, sample(WEIGHT, 25, track="canary", instance="b")])
    assert (seen.weight, seen.ready, seen.traffic) == (None, False, None)
    assert "its replicas disagree about the weight: 5, 25" in seen.problems[0]


def test_a_first_release_needs_no_counters():
    seen = read(replace(RELEASE, stable=None))
    assert seen.totals == {} and seen.problems == () and seen.traffic == Traffic(10, 90)


def test_resets_are_named_by_what_they_reset():
    assert read(RELEASE, gateway=GATEWAY, canary="x").restarted == {}
    assert read(COUNTING, canary="the canary restarted").restarted == {
        "server_errors": "the canary restarted"
    }
    assert read(COUNTING, gateway=GATEWAY).restarted == {}
    seen = reading(COUNTING, {"error_rate": (ERRORS,)}, NOW, dict(sources()) | gateway_reset())
    assert seen.restarted == {"traffic": "the gateway restarted", "error_rate": "the gateway restarted"}


def gateway_reset() -> dict[Location, CounterSource]:
    return {"gateway": CounterSource(Samples(GATEWAY, "m"), reset_reason=lambda *_: "the gateway restarted")}


def test_a_gate_whose_source_is_missing_has_no_data_and_the_others_keep_theirs():
    missing = {"canary": CounterSource(problem="it did not answer")}
    seen = reading(RELEASE, {"a": (ERRORS,), "b": (ANSWERS,)}, NOW, dict(sources()) | missing)
    assert set(seen.totals) == {"a"} and seen.problems == ("b: it did not answer",)


def test_a_reset_that_cannot_be_searched_for_gives_no_data():
    def fail(*_: object) -> str:
        raise NoData("did not answer the query")

    broken = {"canary": CounterSource(Samples(SERVERS["canary"], "m"), reset_reason=fail)}
    seen = reading(COUNTING, {"b": (ANSWERS,)}, NOW, dict(sources()) | broken)
    assert seen.totals == {} and seen.problems == ("b: did not answer the query",)
