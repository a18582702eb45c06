"""The source of figures that an environment names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sluicegate.gate.adapters.cluster import Cluster
from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.gateways.base import dialects
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.gate.adapters.looks import Looks
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.adapters.source import Source
from sluicegate.specs.environment import EnvironmentSpec

Sources = Callable[[EnvironmentSpec], Source]
"""Gives the source of an environment's figures."""


def source_of(environment: EnvironmentSpec, looks: Looks | None = None) -> Source:
    """Figures from where environment.yaml says; in a cluster, weight and readiness from its API server.

    `looks`: what a running gate remembers of plain counters.
    """
    if environment.traffic == "embedded":
        return _figures(environment, "", looks)
    api = KubeApi(environment.cluster)
    cluster = Cluster(environment.name, environment.namespace, environment.traffic, api)
    return Combined(_figures(environment, environment.namespace, looks), cluster)


def remembering() -> Sources:
    """Sources of a gate that keeps running, which remember its looks."""
    return partial(source_of, looks=Looks())


def _figures(environment: EnvironmentSpec, namespace: str, looks: Looks | None) -> Source:
    metrics = environment.metrics
    if metrics.source == "scrape":
        return Scrape(metrics.url, looks=looks)
    gateway = dialects()[metrics.gateway]
    return Prometheus(metrics.url, metrics.labels, gateway=gateway, namespace=namespace)
