"""The counts of input columns: of the first row of each request, as the score's."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from sluicegate.onnx_server.tensors import TensorSpec
from sluicegate.onnx_server.watched import Watched


def fits(watched: Watched, inputs: Mapping[str, TensorSpec]) -> bool:
    """Whether every request has it: its place is within a last dimension of fixed size, or the first."""
    spec = inputs.get(watched.input)
    last = spec.shape[-1] if spec is not None and spec.shape else 1
    return spec is not None and watched.index < (last if isinstance(last, int) else 1)


class Columns(Collector):
    """Counts of all watched columns of one server.

    Hand-written, since it is on the path of every request: an item of an array, a search among a few edges or
    in a dictionary, and one addition. A number that is missing (NaN) is in no bucket, and so above no edge.
    """

    def __init__(self, watched: tuple[Watched, ...], labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._rows = 0
        self._numbers = [(one, one.edges, [0] * (len(one.edges) + 1)) for one in watched if one.edges]
        self._values = [(one, dict.fromkeys(one.values, 0)) for one in watched if not one.edges]
        self._any = bool(watched)

    def observe(self, feeds: Mapping[str, Any]) -> None:
        """Count one request by its arrays."""
        if not self._any:
            return
        self._rows += 1
        for one, edges, buckets in self._numbers:
            value = feeds[one.input].item(one.index)
            if value == value:  # noqa: PLR0124  # false for NaN alone
                buckets[bisect_left(edges, value)] += 1
        for one, counts in self._values:
            value = feeds[one.input].item(one.index)
            if value in counts:
                counts[value] += 1

    def collect(self) -> Iterator[Any]:
        """See prometheus_client."""
        if not self._any:
            return
        names = tuple(self._labels)
        own = tuple(self._labels.values())
        rows = CounterMetricFamily(
            "sluice_server_input_rows", "Requests whose first row was counted.", labels=names
        )
        rows.add_metric(own, self._rows)
        yield rows
        numbers = HistogramMetricFamily(
            "sluice_server_input", "Numbers of each request's first row, by column."
        )
        for one, edges, buckets in self._numbers:
            column = {**self._labels, "column": one.column}
            cumulative = list(accumulate(buckets))
            for bound, count in zip((*map(repr, edges), "+Inf"), cumulative, strict=True):
                numbers.add_sample("sluice_server_input_bucket", {**column, "le": bound}, count)
            numbers.add_sample("sluice_server_input_count", column, cumulative[-1])
        yield numbers
        values = CounterMetricFamily(
            "sluice_server_input_value",
            "Values of each request's first row, by column.",
            labels=(*names, "column", "value"),
        )
        for one, counts in self._values:
            for value, count in counts.items():
                values.add_metric((*own, one.column, str(value)), count)
        yield values
