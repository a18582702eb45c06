"""Traefik 3 as a Gateway API data plane.

It counts by backend service. The backend NAMESPACE/NAME:PORT of an HTTPRoute is called
`NAMESPACE-NAME-http-PORT@kubernetesgateway`, that of a GRPCRoute `NAMESPACE-NAME-PORT-grpc@kubernetesgateway`
(3.5.3: pkg/provider/kubernetes/gateway/{http,grpc}route.go), with one dash for each run of characters that
are not letters or digits (pkg/provider/configuration.go, Normalize). A scrape that renames the label
`service` (a ServiceMonitor without `honorLabels: true`) hides the tracks.

A request to a service without a ready server gets a 503 that only the router counts, so a canary whose
servers are all dead would count none of its failures. What the router answered with 5xx and no service
counted is therefore counted as the canary's. If it was stable's, the tracks' shares no longer fit the
weight, and nothing is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

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
from sluicegate.gate.adapters.samples import NoData, Row, Series, whole
from sluicegate.gate.metrics.base import REQUESTS, SECONDS

_NAMES = {
    REQUESTS: "traefik_service_requests_total|traefik_router_requests_total",
    f"{SECONDS}_bucket": "traefik_service_request_duration_seconds_bucket",
    f"{SECONDS}_count": "traefik_service_request_duration_seconds_count",
}
_OURS = {
    "traefik_service_requests_total": REQUESTS,
    "traefik_service_request_duration_seconds_bucket": f"{SECONDS}_bucket",
    "traefik_service_request_duration_seconds_count": f"{SECONDS}_count",
}
_ROUTER = "traefik_router_requests_total"
_GRPC = ("grpc", "grpc-web")


@dataclass(frozen=True)
class Traefik:
    """Series of `traefik_service_*` and `traefik_router_*`, labels code, method, protocol, service."""

    name: str = "traefik"
    edges_remedy: str = f"start traefik with --metrics.prometheus.buckets={edges(1000)}"

    names: frozenset[str] = frozenset((*_OURS, _ROUTER))
    label: str = "service"

    def alive(self, models: SeriesSelector) -> str:
        """A counter that is there from the start, the one with the fewest labels."""
        return f"traefik_config_reloads_total{{{models.matchers()}}}"

    def series(self, models: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the name of the backend service; a router's is its own name with `-wrr`."""
        pattern = f"{_services(models)}|{_routes(models)}"
        return selector(_NAMES, names, f"service=~{quoted(pattern)}", models.matchers())

    def is_about(self, text: str, model: SeriesSelector) -> bool:
        """By the name of a track's service, or of a route's."""
        return bool(re.fullmatch(f"{_services(model)}|{_routes(model)}", text))

    def translate(self, series: Iterable[Series], model: SeriesSelector) -> list[Series]:
        """The track by the service's name, gRPC's status as an HTTP code; uncounted failures."""
        services: list[Series] = []
        failed: dict[str, Row] = {}
        routed = False
        for one in series:
            service = one.labels.get("service", "")
            own = re.fullmatch(_services(model), service)
            if own is not None and one.name in _OURS:
                name = _OURS[one.name]
                services.append(renamed(one, name, track=own["track"], model=model.model, code=_code(one)))
                if name == REQUESTS:
                    _add(failed, one, -1)
            elif one.name == _ROUTER and re.fullmatch(_routes(model), service):
                routed = True
                _add(failed, one, +1)
        if services and not routed:
            raise NoData(
                f"has no {_ROUTER}, without which a dead server's requests are not counted",
                "start traefik with --metrics.prometheus.addRoutersLabels=true",
            )
        return services + [
            Series(
                name, {"model": model.model, "track": "canary", "code": code, "service": ""}, _rising(count)
            )
            for code, count in failed.items()
            for name in (REQUESTS, f"{SECONDS}_count")
            if code and (count > 0).any()
        ]


def _add(failed: dict[str, Row], series: Series, sign: int) -> None:
    """Add what a series counts to its code's."""
    code = _failure(series)
    if code:
        known = np.where(whole(series.values), np.nan_to_num(series.values), np.inf)
        failed[code] = failed.get(code, np.zeros_like(known)) + sign * known


def _rising(count: Row) -> Row:
    """A counter of what no service counted: a router counts a request after its service, so it may lag."""
    return np.maximum.accumulate(np.maximum(count, 0.0))


def _code(series: Series) -> str:
    # Traefik writes gRPC's own status as the code: 0 is OK there, and is not a code of HTTP.
    grpc = series.labels.get("code") if series.labels.get("protocol") in _GRPC else None
    return http_code(series, "code", grpc)


def _failure(series: Series) -> str:
    """The code of a request that failed by HTTP; empty for all others."""
    code = _code(series)
    return code if code.startswith("5") and series.labels.get("protocol") not in _GRPC else ""


def _services(models: SeriesSelector) -> str:
    """RE2 and Python: the names of both tracks' services, on any port."""
    return rf"{_base(models)}-(?P<track>stable|canary|baseline)-(?:http-[0-9]+|[0-9]+-grpc)@kubernetesgateway"


def _routes(models: SeriesSelector) -> str:
    """RE2 and Python: the names of the services that the routers of the model's routes lead to."""
    return rf"(?:http|grpc)route-{_base(models)}-gw-.+-wrr@kubernetesgateway"


def _base(models: SeriesSelector) -> str:
    bases = ["-".join(re.findall(r"[^\W_]+", f"{models.namespace}-{model}")) for model in models.models]
    return bases[0] if len(bases) == 1 else f"(?:{'|'.join(bases)})"


TRAEFIK = dialect(Traefik())
