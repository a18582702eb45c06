"""One comparison at a time, against servers that answer as a test has it."""

from __future__ import annotations

import json

from prometheus_client.parser import text_string_to_metric_families
from support.http_stub import Answer, Site

from sluicegate.onnx_server.shadow.comparer import Comparer, Track
from sluicegate.onnx_server.shadow.counts import PairCounts

READY, INFER = "/v2/models/m/ready", "/v2/models/m/infer"


def outputs(*data: float) -> Answer:
    tensor = {"name": "y", "datatype": "FP32", "shape": [len(data)], "data": data}
    return Answer(body=json.dumps({"outputs": [tensor]}).encode())


def counted(comparer: Comparer, name: str, **labels: str) -> float:
    samples = [one for family in text_string_to_metric_families(comparer.text()) for one in family.samples]
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())


def between(stable: Site, canary: Site, *bodies: bytes, now: list[float] | None = None) -> Comparer:
    """What was compared of these requests; `now` is the time at each look at the clock."""
    times = now or [0.0]
    tracks = (Track(stable.url, 0.5), Track(canary.url, 0.5))
    clock = lambda: times.pop(0) if len(times) > 1 else times[0]  # noqa: E731
    comparer = Comparer("m", *tracks, PairCounts("m", "sha256:" + "2" * 64), clock)
    for body in bodies or (b"{}",):
        comparer.compare(body)
    return comparer


def test_both_tracks_get_the_same_body_marked_as_a_copy():
    with Site() as stable, Site() as canary:
        stable.pages = {INFER: outputs(1.0, 2.0)}
        canary.pages = {INFER: outputs(1.0, 2.01), READY: b"{}"}
        comparer = between(stable, canary, b'{"inputs":[]}')
        for site in (stable, canary):
            sent = site.requests[-1]
            assert (sent.method, sent.path, sent.body) == ("POST", INFER, b'{"inputs":[]}')
            assert sent.headers["x-sluice-shadow"] == "1"
    assert counted(comparer, "sluice_shadow_pairs_total") == 1
    assert counted(comparer, "sluice_shadow_within_total", measure="absolute", limit="0.005") == 0
    assert counted(comparer, "sluice_shadow_within_total", measure="absolute", limit="0.02") == 1


def test_a_canary_that_hangs_or_breaks_off_gives_no_answer():
    with Site() as stable, Site() as canary:
        stable.pages = {INFER: outputs(1.0)}
        canary.pages = {INFER: [Answer(body=b"x" * 9, cut=3), Answer(500)], READY: b"{}"}
        comparer = between(stable, canary, b"{}", b"{}")
        canary.pages[INFER] = canary.hang
        comparer.compare(b"{}")
    assert counted(comparer, "sluice_shadow_different_total", reason="answer") == 3


def test_a_request_that_stable_does_not_answer_is_not_sent_to_the_canary():
    with Site() as stable, Site() as canary:
        stable.pages = {INFER: [Answer(503), Answer(body=b"no protocol")]}
        canary.pages = {INFER: outputs(1.0), READY: b"{}"}
        comparer = between(stable, canary, b"{}", b"{}")
        assert canary.paths == [READY]
    assert counted(comparer, "sluice_shadow_dropped_total", reason="stable") == 2
    assert counted(comparer, "sluice_shadow_pairs_total") == 0


def test_a_canary_that_starts_is_asked_once_a_second_whether_it_is_ready():
    with Site() as stable, Site() as canary:
        stable.pages = {INFER: outputs(1.0)}
        canary.pages = {INFER: outputs(1.0), READY: [Answer(503), Answer(200)]}
        comparer = between(stable, canary, *[b"{}"] * 4, now=[0.0, 0.5, 1.1, 1.2])
        assert canary.paths == [READY, READY, INFER, INFER]
    assert counted(comparer, "sluice_shadow_dropped_total", reason="starting") == 2
    assert counted(comparer, "sluice_shadow_pairs_total") == 2
