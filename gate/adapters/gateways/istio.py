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
    selector,
    told,
)
from sluicegate.gate.adapters.samples import NoData, Sample
from sluicegate.gate.metrics.base import REQUESTS, SECONDS

_NAMES = {
    REQUESTS: "istio_requests_total",
    f"{SECONDS}_bucket": "istio_request_duration_milliseconds_bucket",
    f"{SECONDS}_count": "istio_request_duration_milliseconds_count",
}
_OURS = {own: ours for ours, own in _NAMES.items()}
_SERVICE, _NAMESPACE = "destination_service_name", "destination_service_namespace"


@dataclass(frozen=True)
class Istio:
    """Series of `istio_requests_total` and `istio_request_duration_milliseconds`, reporter source."""

    name: str = "istio"
    edges_remedy: str = (
        "annotate the gateway's pods with "
        f'sidecar.istio.io/statsHistogramBuckets: {{"istiocustom":[{edges()}]}}'
    )

    def alive(self, asked: SeriesSelector) -> str:
        """The build that every proxy names from its start."""
        return f"istio_build{{{asked.fits(component='proxy')}}}"

    def series(self, asked: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the service's name and namespace."""
        tracks = f"{asked.model}-(?:stable|canary)"
        place = f'{_SERVICE}=~{quoted(tracks)},{_NAMESPACE}={quoted(asked.namespace)},reporter="source"'
        return selector(_NAMES, names, place, asked.fits())

    def normal(self, samples: Iterable[Sample], asked: SeriesSelector) -> list[Sample]:
        """The track by the service's name, edges from milliseconds to seconds."""
        return [found for sample in samples if (found := self._normal(sample, asked)) is not None]

    def _normal(self, sample: Sample, asked: SeriesSelector) -> Sample | None:
        labels = sample.labels
        tracks = {f"{asked.model}-{track}": track for track in ("stable", "canary")}
        track = tracks.get(labels.get(_SERVICE, ""))
        where = labels.get(_NAMESPACE), labels.get("reporter")
        if sample.name not in _OURS or track is None or where != (asked.namespace, "source"):
            return None
        grpc = labels.get("grpc_response_status", "") if labels.get("request_protocol") == "grpc" else None
        le = _seconds(labels["le"]) if "le" in labels else None
        code = http_code(sample, "response_code", grpc)
        return told(sample, _OURS[sample.name], le, track=track, model=asked.model, code=code)


def _seconds(milliseconds: str) -> str:
    try:
        return repr(float(milliseconds) / 1000)
    except ValueError as error:
        raise NoData(f"has a bucket whose edge {milliseconds!r} is no number") from error


ISTIO = dialect(Istio())
