"""Pairs as Prometheus reads them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from sluicegate.gate.metrics.base import PAIRS, WITHIN
from sluicegate.onnx_server.shadow.counts import DROPPED, PairCounts, pair_families
from sluicegate.onnx_server.shadow.difference import REASONS, Difference
from sluicegate.specs.buckets import DIFFERENCES

DIGEST = "sha256:" + "2" * 64


def read(*counts: PairCounts) -> dict[tuple[str, ...], float]:
    text = "\n".join(pair_families(counts)) + "\n"
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            assert (one.labels["track"], one.labels["digest"]) == ("canary", DIGEST)
            more = [
                one.labels[name] for name in ("model", "measure", "limit", "reason") if name in one.labels
            ]
            assert found.setdefault((one.name, *more), one.value) == one.value
    return found


def test_all_series_are_there_at_0_before_the_first_pair():
    found = read(PairCounts("m", DIGEST))
    assert set(found.values()) == {0}
    assert len(found) == 1 + 2 * len(DIFFERENCES) + len(REASONS) + len(DROPPED)
    assert (PAIRS, "m") in found
    assert (WITHIN, "m", "relative", "1e-06") in found


def test_a_pair_is_within_each_limit_that_is_not_below_its_difference():
    counts = PairCounts("m", DIGEST)
    counts.add(Difference(0.0, 0.0))
    counts.add(Difference(0.001, 0.02))
    counts.add(Difference(0.0011, 2.0))
    counts.add(Difference.beyond_numbers("shape"))
    counts.drop("busy")
    found = read(counts)
    assert found[PAIRS, "m"] == 4
    absolute = [found[WITHIN, "m", "absolute", f"{limit:g}"] for limit in DIFFERENCES]
    assert absolute == [1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    assert found[WITHIN, "m", "relative", "0.01"] == 1
    assert found[WITHIN, "m", "relative", "0.02"] == 2
    assert found["sluice_shadow_different_total", "m", "shape"] == 1
    assert found["sluice_shadow_dropped_total", "m", "busy"] == 1


def test_several_models_are_in_the_same_families():
    one, other = PairCounts("a", DIGEST), PairCounts("b", DIGEST)
    other.add(Difference())
    found = read(one, other)
    assert (found[PAIRS, "a"], found[PAIRS, "b"]) == (0, 1)
    assert pair_families([]) == []
