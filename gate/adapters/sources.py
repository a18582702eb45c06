"""The source of figures that an environment names."""

from __future__ import annotations

from collections.abc import Callable

from sluicegate.gate.adapters.cluster import Cluster
from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.gateways.base import dialects
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.adapters.source import Source
from sluicegate.specs.environment import EnvironmentSpec

Sources = Callable[[EnvironmentSpec], Source]
"""Gives the source of an environment's figures."""


def source_of(environment: EnvironmentSpec) -> Source:
    """Figures from where environment.yaml says; in a cluster, weight and readiness from its API server."""
    if environment.traffic == "embedded":
        return _figures(environment, namespace="")
    api = KubeApi(environment.cluster)
    cluster = Cluster(environment.name, environment.namespace, environment.traffic, api)
    return Combined(_figures(environment, environment.namespace), cluster)


def _figures(environment: EnvironmentSpec, namespace: str) -> Source:
    metrics = environment.metrics
    if metrics.source == "scrape":
        return Scrape(metrics.url)
    gateway = dialects()[metrics.gateway]
    return Prometheus(metrics.url, metrics.labels, gateway=gateway, namespace=namespace)
