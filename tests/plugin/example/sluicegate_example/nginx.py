"""A gateway: ingress-nginx, which counts by the service that it sent a request to."""

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
from sluicegate.gate.adapters.samples import Sample
from sluicegate.gate.metrics.base import REQUESTS, SECONDS

_NAMES = {
    REQUESTS: "nginx_ingress_controller_requests",
    f"{SECONDS}_bucket": "nginx_ingress_controller_request_duration_seconds_bucket",
    f"{SECONDS}_count": "nginx_ingress_controller_request_duration_seconds_count",
}
_OURS = {own: ours for ours, own in _NAMES.items()}


@dataclass(frozen=True)
class Nginx:
    """Series of `nginx_ingress_controller_*`, labels service and status."""

    name: str = "nginx"
    edges_remedy: str = f"start the controller with --time-buckets={edges(1000)}"

    def alive(self, model: SeriesSelector) -> str:
        """Present from the controller's start."""
        return f"nginx_ingress_controller_build_info{{{model.matchers()}}}"

    def series(self, model: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the names of the two tracks' services."""
        services = f"{model.model}-(?:stable|canary)"
        return selector(_NAMES, names, f"service=~{quoted(services)}", model.matchers())

    def translate(self, samples: Iterable[Sample], model: SeriesSelector) -> list[Sample]:
        """The track by the service's name."""
        tracks = {f"{model.model}-{track}": track for track in ("stable", "canary")}
        return [
            renamed(
                sample,
                _OURS[sample.name],
                track=tracks[sample.labels["service"]],
                model=model.model,
                code=http_code(sample, "status", None),
            )
            for sample in samples
            if sample.name in _OURS and sample.labels.get("service") in tracks
        ]


NGINX = dialect(Nginx())
