"""What the server counts, labelled by model, track and digest, in Prometheus text."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from sluicegate.onnx_server.columns import Columns
from sluicegate.onnx_server.watched import Watched
from sluicegate.specs.buckets import LATENCY_SECONDS

REASONS = {
    400: ("json", "request", "unknown_input", "missing_input", "unknown_output", "datatype", "shape", "data"),
    404: ("unknown_model",),
    413: ("too_large",),
    500: ("inference", "non_finite_output"),
}
"""Why a request is answered with an error, by its HTTP status."""


class _Counter(Protocol):
    def inc(self) -> None: ...


class _Observed(Protocol):
    def observe(self, amount: float) -> None: ...


class _Watched(Protocol):
    def observe(self, feeds: Mapping[str, Any]) -> None: ...


class Counted(Protocol):
    """Where a request is counted: as traffic, or as a copy."""

    @property
    def ok(self) -> _Counter:
        """Requests that were answered."""

    @property
    def duration(self) -> _Observed:
        """How long each took."""

    @property
    def score(self) -> _Observed:
        """The score of each."""

    @property
    def columns(self) -> _Watched:
        """The input columns of each that are watched."""

    def failed(self, code: int, reason: str) -> None:
        """Count one request that was answered with an error."""


class _Nothing:
    """What a copy takes, asks and scores is of no interest: it must not enter what releases are judged by."""

    def observe(self, amount: object) -> None:
        """Keep nothing."""


class Copies:
    """Counts of copies of requests, which other tracks have answered."""

    def __init__(self, labels: tuple[str, str, str], registry: CollectorRegistry) -> None:
        names = ("model", "track", "digest", "code")
        text = "Copies of requests, by what was answered; they are in no other family."
        family = Counter("sluice_server_shadow_requests", text, names, registry=registry)
        self._by_code = {code: family.labels(*labels, str(code)) for code in (200, *REASONS)}
        self.ok = self._by_code[200]
        self.duration = _Nothing()
        self.score = _Nothing()
        self.columns = _Nothing()

    def failed(self, code: int, reason: str) -> None:  # noqa: ARG002
        """Count one copy that was answered with an error."""
        self._by_code[code].inc()


class Cpu(Collector):
    """The CPU time of this process: `process_cpu_seconds_total` with the labels of all other counts."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def collect(self) -> Iterator[CounterMetricFamily]:
        """See prometheus_client."""
        family = CounterMetricFamily(
            "sluice_server_cpu_seconds", "CPU time, user and system.", labels=tuple(self._labels)
        )
        family.add_metric(tuple(self._labels.values()), time.process_time())
        yield family


class Metrics:
    """Counters and histograms of one server, bound to their labels once."""

    def __init__(
        self,
        model: str,
        track: str,
        digest: str,
        edges: Sequence[float],
        *,
        provider: str = "cpu",
        columns: tuple[Watched, ...] = (),
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        names = ("model", "track", "digest")
        self._labels = (model, track, digest)
        self._requests = Counter(
            "sluice_server_requests", "Answered inference requests.", (*names, "code"), registry=self.registry
        )
        self._errors = Counter(
            "sluice_server_errors", "Errors by reason.", (*names, "reason"), registry=self.registry
        )
        self.duration = Histogram(
            "sluice_server_request_duration_seconds",
            "From the request's head to the response's bytes.",
            names,
            buckets=LATENCY_SECONDS,
            registry=self.registry,
        ).labels(*self._labels)
        self.score = Histogram(
            "sluice_server_score",
            "The declared score of each answered request's first row.",
            names,
            buckets=tuple(edges),
            registry=self.registry,
        ).labels(*self._labels)
        own = dict(zip(names, self._labels, strict=True))
        self.columns = Columns(columns, own)
        self.registry.register(self.columns)
        self.registry.register(Cpu(own))
        Gauge(
            "sluice_server_info",
            "1; `provider` is where onnxruntime computes: cpu or cuda.",
            (*names, "provider"),
            registry=self.registry,
        ).labels(*self._labels, provider).set(1)
        self.copies = Copies(self._labels, self.registry)
        self.ok = self._requests.labels(*self._labels, "200")
        # A series that begins with its first error is not an increase to Prometheus: all of them begin at 0.
        for code, reasons in REASONS.items():
            self._requests.labels(*self._labels, str(code))
            for reason in reasons:
                self._errors.labels(*self._labels, reason)

    def failed(self, code: int, reason: str) -> None:
        """Count one request that was answered with an error."""
        self._requests.labels(*self._labels, str(code)).inc()
        self._errors.labels(*self._labels, reason).inc()

    def text(self) -> bytes:
        """All series in the Prometheus text format 0.0.4."""
        return generate_latest(self.registry)
