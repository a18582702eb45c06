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
from collections import Counter
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
from sluicegate.gate.adapters.samples import NoData, Sample, whole
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

    def alive(self, model: SeriesSelector) -> str:
        """A counter that is there from the start, the one with the fewest labels."""
        return f"traefik_config_reloads_total{{{model.matchers()}}}"

    def series(self, model: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """By the name of the backend service; a router's is its own name with `-wrr`."""
        pattern = f"{_services(model)}|{_routes(model)}"
        return selector(_NAMES, names, f"service=~{quoted(pattern)}", model.matchers())

    def translate(self, samples: Iterable[Sample], model: SeriesSelector) -> list[Sample]:
        """The track by the service's name, gRPC's status as an HTTP code; uncounted failures."""
        services: list[Sample] = []
        failed: Counter[str] = Counter()
        routed = False
        for sample in samples:
            service = sample.labels.get("service", "")
            own = re.fullmatch(_services(model), service)
            if own is not None and sample.name in _OURS:
                name = _OURS[sample.name]
                code = _code(sample)
                services.append(renamed(sample, name, track=own["track"], model=model.model, code=code))
                if name == REQUESTS:
                    failed[_failure(sample)] -= whole(sample)
            elif sample.name == _ROUTER and re.fullmatch(_routes(model), service):
                routed = True
                failed[_failure(sample)] += whole(sample)
        if services and not routed:
            raise NoData(
                f"has no {_ROUTER}, without which a dead server's requests are not counted",
                "start traefik with --metrics.prometheus.addRoutersLabels=true",
            )
        return services + [
            Sample(name, {"model": model.model, "track": "canary", "code": code, "service": ""}, float(count))
            for code, count in failed.items()
            for name in (REQUESTS, f"{SECONDS}_count")
            if code and count > 0
        ]


def _code(sample: Sample) -> str:
    # Traefik writes gRPC's own status as the code: 0 is OK there, and is not a code of HTTP.
    grpc = sample.labels.get("code") if sample.labels.get("protocol") in _GRPC else None
    return http_code(sample, "code", grpc)


def _failure(sample: Sample) -> str:
    """The code of a request that failed by HTTP; empty for all others."""
    code = _code(sample)
    return code if code.startswith("5") and sample.labels.get("protocol") not in _GRPC else ""


def _services(model: SeriesSelector) -> str:
    """RE2 and Python: the names of both tracks' services, on any port."""
    return rf"{_base(model)}-(?P<track>stable|canary)-(?:http-[0-9]+|[0-9]+-grpc)@kubernetesgateway"


def _routes(model: SeriesSelector) -> str:
    """RE2 and Python: the names of the services that the routers of the model's routes lead to."""
    return rf"(?:http|grpc)route-{_base(model)}-gw-.+-wrr@kubernetesgateway"


def _base(model: SeriesSelector) -> str:
    return "-".join(re.findall(r"[^\W_]+", f"{model.namespace}-{model.model}"))


TRAEFIK = dialect(Traefik())
