"""Istio's standard metrics, as the proxy on the client's side reports them (the ingress gateway, a sidecar).

The source's side counts what the server never saw: a connection that was refused, a time-out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sluicegate.gate.adapters.gateways.base import (
    FAMILIES,
    SeriesSelector,
    dialect,
    edges,
    http_code,
    quoted,
    renamed,
    selector,
)
from sluicegate.gate.adapters.samples import NoData, Sample
from sluicegate.gate.metrics.base import REQUESTS, SECONDS

_NAMES = {
    REQUESTS: "istio_requests_total",
    f"{SECONDS}_bucket": "istio_request_duration_milliseconds_bucket",
    f"{SECONDS}_count": "istio_request_duration_milliseconds_count",
}
_OURS = {own: ours for ours, own in _NAMES.items()}
_SERVICE = "destination_service_name"
_NAMESPACE = "destination_service_namespace"


@dataclass(frozen=True)
class Istio:
    """Series of `istio_requests_total` and `istio_request_duration_milliseconds`, reporter source."""

    name: str = "istio"
    edges_remedy: str = (
        "annotate the gateway's pods with "
        f'sidecar.istio.io/statsHistogramBuckets: {{"istiocustom":[{edges()}]}}'
    )

    def alive(self, model: SeriesSelector) -> str:
        """The build that every proxy names from its start."""
        return f"istio_build{{{model.matchers(component='proxy')}}}"

    def series(self, model: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the service's name and namespace."""
        tracks = f"{model.model}-(?:stable|canary)"
        services = f'{_SERVICE}=~{quoted(tracks)},{_NAMESPACE}={quoted(model.namespace)},reporter="source"'
        return selector(_NAMES, names, services, model.matchers())

    def translate(self, samples: Iterable[Sample], model: SeriesSelector) -> list[Sample]:
        """The track by the service's name, edges from milliseconds to seconds."""
        tracks = {f"{model.model}-{track}": track for track in ("stable", "canary")}
        return [
            _translated(sample, tracks[sample.labels[_SERVICE]], model.model)
            for sample in samples
            if sample.name in _OURS
            and sample.labels.get(_SERVICE) in tracks
            and sample.labels.get(_NAMESPACE) == model.namespace
            and sample.labels.get("reporter") == "source"
        ]


def _translated(sample: Sample, track: str, model: str) -> Sample:
    labels = sample.labels
    grpc = labels.get("grpc_response_status", "") if labels.get("request_protocol") == "grpc" else None
    le = _seconds(labels["le"]) if "le" in labels else None
    code = http_code(sample, "response_code", grpc)
    return renamed(sample, _OURS[sample.name], le, track=track, model=model, code=code)


def _seconds(milliseconds: str) -> str:
    try:
        return repr(float(milliseconds) / 1000)
    except ValueError as error:
        raise NoData(f"has a bucket whose edge {milliseconds!r} is not a number") from error


ISTIO = dialect(Istio())
