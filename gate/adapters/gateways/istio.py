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
from sluicegate.gate.adapters.samples import NoData, Series
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

    names: frozenset[str] = frozenset(_OURS)
    label: str = _SERVICE

    def alive(self, models: SeriesSelector) -> str:
        """The build that every proxy names from its start."""
        return f"istio_build{{{models.matchers(component='proxy')}}}"

    def series(self, models: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the service's name and namespace."""
        tracks = f"(?:{models.pattern})-(?:stable|canary|baseline)"
        services = f'{_SERVICE}=~{quoted(tracks)},{_NAMESPACE}={quoted(models.namespace)},reporter="source"'
        return selector(_NAMES, names, services, models.matchers())

    def is_about(self, text: str, model: SeriesSelector) -> bool:
        """By the name of a track's service."""
        return text in _tracks(model)

    def translate(self, series: Iterable[Series], model: SeriesSelector) -> list[Series]:
        """The track by the service's name, edges from milliseconds to seconds."""
        tracks = _tracks(model)
        return [
            _translated(one, tracks[one.labels[_SERVICE]], model.model)
            for one in series
            if one.name in _OURS
            and one.labels.get(_SERVICE) in tracks
            and one.labels.get(_NAMESPACE) == model.namespace
            and one.labels.get("reporter") == "source"
        ]


def _tracks(model: SeriesSelector) -> dict[str, str]:
    """The track by its service's name."""
    return {f"{model.model}-{track}": track for track in ("stable", "canary", "baseline")}


def _translated(series: Series, track: str, model: str) -> Series:
    labels = series.labels
    grpc = labels.get("grpc_response_status", "") if labels.get("request_protocol") == "grpc" else None
    le = _seconds(labels["le"]) if "le" in labels else None
    code = http_code(series, "response_code", grpc)
    return renamed(series, _OURS[series.name], le, track=track, model=model, code=code)


def _seconds(milliseconds: str) -> str:
    try:
        return repr(float(milliseconds) / 1000)
    except ValueError as error:
        raise NoData(f"has a bucket whose edge {milliseconds!r} is not a number") from error


ISTIO = dialect(Istio())
