from textwrap import dedent

from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.adapters.sources import remembering, source_of
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.yamlio import parse


def environment(traffic: str, metrics: str, extra: str = "") -> EnvironmentSpec:
    text = dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Environment
        metadata: {{name: production}}
        spec:
          namespace: models-production
          traffic: {traffic}
          metrics: {{url: "http://127.0.0.1:1", {metrics}}}
          {extra}
        """)
    return load_environment(parse(text.encode(), "environments/production/environment.yaml"))


def test_an_environment_in_a_cluster_is_read_from_prometheus_and_the_cluster():
    metrics = "source: prometheus, gateway: istio, labels: {cluster: eu}"
    source = source_of(environment("istio", metrics, "cluster: eu"))
    assert isinstance(source, Combined) and isinstance(source.figures, Prometheus)
    assert (source.figures.gateway.name, source.figures.namespace) == ("istio", "models-production")
    assert source.figures.labels == {"cluster": "eu"}
    cluster = source.cluster
    assert cluster.environment == "production"
    assert cluster.namespace == "models-production"
    assert cluster.traffic == "istio"
    assert (cluster.api.cluster, cluster.argocd.cluster) == ("eu", "in-cluster")


def test_a_gate_that_keeps_running_remembers_its_looks_in_one_place():
    sources = remembering()
    first, second = (sources(environment("embedded", "source: scrape")) for _ in range(2))
    assert isinstance(first, Scrape) and isinstance(second, Scrape)
    assert first.looks is second.looks is not None
    assert source_of(environment("embedded", "source: scrape")).looks is None


def test_an_embedded_environment_has_figures_only():
    assert source_of(environment("embedded", "source: scrape")) == Scrape("http://127.0.0.1:1")
    found = source_of(environment("embedded", "source: prometheus"))
    assert found == Prometheus("http://127.0.0.1:1", {})
