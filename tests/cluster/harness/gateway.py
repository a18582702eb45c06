"""Traefik as the Gateway API data plane: a process on the node address, one Gateway for all namespaces."""

from __future__ import annotations

import re
from urllib.request import urlopen

from harness import certificates
from harness.kube import api
from harness.run import Run
from harness.wait import NotYet, until
from harness.web import answers
from prometheus_client.parser import text_string_to_metric_families

from sluicegate.specs.buckets import LATENCY_MS

DAEMON = "traefik"
NAMESPACE, NAME, CLASS = "gateway", "models", "traefik"
PORT, METRICS_PORT = 8000, 8100
READY_SECONDS = 60.0
STABLE = r".*-stable-http-8080@kubernetesgateway"
"""The services of all stable tracks, as traefik calls them."""


def address(run: Run) -> str:
    """Where requests go, with a Host header."""
    return f"http://{run.node}:{PORT}"


def start(run: Run) -> None:
    """Apply class and Gateway, start traefik, and wait until it has accepted them."""
    for body in objects():
        api(run).apply(body, manager="harness-gateway")
    url = f"http://{run.node}:{METRICS_PORT}/metrics"
    run.start(DAEMON, [run.tool("traefik"), *arguments(run)], ready=lambda: answers(url))
    until(f"the Gateway {NAMESPACE}/{NAME} to be programmed", lambda: programmed(run), READY_SECONDS)


def failed(run: Run, services: str, codes: str = "5..") -> int:
    """Requests that services answered with such codes (both regular expressions), by traefik's own count."""
    text = urlopen(f"http://{run.node}:{METRICS_PORT}/metrics", timeout=10).read().decode()
    return sum(
        int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "traefik_service_requests_total"
        and re.fullmatch(services, sample.labels["service"])
        and re.fullmatch(codes, sample.labels["code"])
    )


def arguments(run: Run) -> list[str]:
    """Traefik's options; the histogram's edges are those that the gate asks for."""
    edges = ",".join(f"{edge / 1000:g}" for edge in LATENCY_MS)
    return [
        f"--providers.kubernetesgateway.endpoint={run.api}",
        f"--providers.kubernetesgateway.token={certificates.file(run, 'token').read_text()}",
        f"--providers.kubernetesgateway.certauthfilepath={certificates.file(run, 'ca.crt')}",
        "--providers.kubernetesgateway.throttleduration=100ms",
        "--providers.providersthrottleduration=100ms",
        f"--providers.kubernetesgateway.statusaddress.ip={run.node}",
        f"--entrypoints.web.address={run.node}:{PORT}",
        f"--entrypoints.metrics.address={run.node}:{METRICS_PORT}",
        "--metrics.prometheus.entrypoint=metrics",
        "--metrics.prometheus.addserviceslabels=true",
        "--metrics.prometheus.addrouterslabels=true",
        f"--metrics.prometheus.buckets={edges}",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    ]


def objects() -> list[dict[str, object]]:
    """The namespace, the class, and the Gateway that takes routes of every namespace."""
    version = "gateway.networking.k8s.io/v1"
    listener = {
        "name": "web",
        "protocol": "HTTP",
        "port": PORT,
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": version,
            "kind": "GatewayClass",
            "metadata": {"name": CLASS},
            "spec": {"controllerName": "traefik.io/gateway-controller"},
        },
        {
            "apiVersion": version,
            "kind": "Gateway",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"gatewayClassName": CLASS, "listeners": [listener]},
        },
    ]


def programmed(run: Run) -> bool:
    """Whether traefik says that it serves the Gateway. Raises `NotYet` with the conditions it wrote."""
    body = api(run).get("gateway.networking.k8s.io/v1", "Gateway", NAME, NAMESPACE)
    conditions = {each["type"]: each["status"] for each in body.get("status", {}).get("conditions", ())}
    if conditions.get("Programmed") != "True":
        raise NotYet(f"conditions {conditions}")
    return True
