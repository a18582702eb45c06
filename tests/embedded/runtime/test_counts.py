"""Counts against prometheus_client, as an oracle."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from sluicegate.embedded.runtime.counts import TrackCounts, count_families, line
from sluicegate.specs.buckets import LATENCY_SECONDS

seconds = st.one_of(st.sampled_from(LATENCY_SECONDS), st.floats(0, 5))


@given(st.lists(st.tuples(st.sampled_from([200, 400, 502, 504]), seconds), max_size=50))
def test_buckets_and_codes_are_those_of_the_oracle(answers):
    registry = CollectorRegistry()
    oracle = Histogram("oracle", "", ["code"], buckets=LATENCY_SECONDS, registry=registry)
    oracle.labels("200")
    counts = TrackCounts()
    for code, duration in answers:
        counts.add(code, duration)
        oracle.labels(str(code)).observe(duration)
    text = "\n".join(count_families({("m", "canary"): counts})) + "\n"
    seen = [s for family in text_string_to_metric_families(text) for s in family.samples]

    def buckets(samples):
        return {(s.labels["code"], s.labels["le"]): s.value for s in samples if s.name.endswith("_bucket")}

    assert buckets(seen) == buckets(next(iter(registry.collect())).samples)
    codes = {s.labels["code"]: s.value for s in seen if s.name == "sluice_gateway_requests_total"}
    first = count_families({("m", "canary"): counts}, "first_")
    assert [one.replace("_first_", "_") for one in first if one[0] != "#"] == [
        one for one in text.splitlines() if one[0] != "#"
    ]
    assert codes == {"200": 0} | {
        str(code): sum(c == code for c, _ in answers) for code in {c for c, _ in answers}
    }


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\\"\n')))
def test_label_values_survive(text):
    (family,) = text_string_to_metric_families(line("a", {"b": text}, 1) + "\n")
    assert family.samples[0].labels == {"b": text}
