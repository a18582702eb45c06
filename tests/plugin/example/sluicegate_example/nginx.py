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
from sluicegate.gate.adapters.samples import Series
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

    names: frozenset[str] = frozenset(_OURS)
    label: str = "service"

    def alive(self, models: SeriesSelector) -> str:
        """Present from the controller's start."""
        return f"nginx_ingress_controller_build_info{{{models.matchers()}}}"

    def series(self, models: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the names of the tracks' services."""
        services = f"(?:{models.pattern})-(?:stable|canary|baseline)"
        return selector(_NAMES, names, f"service=~{quoted(services)}", models.matchers())

    def is_about(self, text: str, model: SeriesSelector) -> bool:
        """By the name of a track's service."""
        return text in _tracks(model)

    def translate(self, series: Iterable[Series], model: SeriesSelector) -> list[Series]:
        """The track by the service's name."""
        tracks = _tracks(model)
        return [
            renamed(
                one,
                _OURS[one.name],
                track=tracks[one.labels["service"]],
                model=model.model,
                code=http_code(one, "status", None),
            )
            for one in series
            if one.name in _OURS and one.labels.get("service") in tracks
        ]


def _tracks(model: SeriesSelector) -> dict[str, str]:
    """The track by its service's name."""
    return {f"{model.model}-{track}": track for track in ("stable", "canary")}


NGINX = dialect(Nginx())
