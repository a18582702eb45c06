"""Lines of the text format, as Prometheus' own parser reads them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from sluicegate.specs.metrics_text import family, line


def test_a_family_is_read_as_it_was_written():
    labels = {"model": 'a"b\\c\nd', "code": "200"}
    lines = family(
        "x_total", "counter", "What it is.", [line("x_total", labels, 7), line("x_total", {}, 0.5)]
    )
    (found,) = text_string_to_metric_families("\n".join(lines) + "\n")
    assert (found.name, found.type, found.documentation) == ("x", "counter", "What it is.")
    assert [(one.labels, one.value) for one in found.samples] == [(labels, 7.0), ({}, 0.5)]
