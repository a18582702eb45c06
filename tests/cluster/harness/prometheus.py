"""Prometheus on the node address: it discovers the tracks' Services as an operator's would."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from harness import gateway, kwok
from harness.kube import Object
from harness.run import Run
from harness.web import answers

DAEMON = "prometheus"
PORT = 9090
SCRAPE_SECONDS = 1
"""Between two scrapes: a test's minute holds as many as half an hour of a cluster's usual 30 s."""
RETENTION = "6h"
CHARTS = Path(__file__).parents[3] / "charts"
RULES: dict[str, tuple[str, ...]] = {
    "onnx-serving": (
        "--set=monitoring.prometheusRule.enabled=true",
        "--set=monitoring.prometheusRule.allModels=true",
    ),
    "gate": (f"--values={CHARTS}/gate/ci/deployment-values.yaml", "--set=metrics.rules.enabled=true"),
}
"""Each chart that brings rules, and the options that render them."""
_SERVICE = "__meta_kubernetes_service_label_sluicegate_dev_"


def address(run: Run) -> str:
    """Its address, from the host and from pods."""
    return f"http://{run.node}:{PORT}"


def start(run: Run) -> None:
    """Write the configuration and start it; waits until it answers queries."""
    folder = run.folder("prometheus")
    write_rules(run)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration(run), sort_keys=False))
    command: list[str | Path] = [run.tool("prometheus"), f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={run.folder('prometheus', 'data')}"]
    command += [f"--storage.tsdb.retention.time={RETENTION}"]
    command += [f"--web.listen-address={run.node}:{PORT}", "--web.enable-lifecycle"]
    run.start(DAEMON, command, ready=lambda: answers(f"{address(run)}/-/ready"))


def configuration(run: Run) -> dict[str, Any]:
    """Scrape jobs: the tracks' Services, the gate's pods, the gateway, Argo CD, Prometheus itself."""

    def static(job: str, *targets: str) -> dict[str, Any]:
        return {"job_name": job, "static_configs": [{"targets": list(targets)}]}

    return {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
        "rule_files": [str(run.root / "prometheus" / "rules" / "*.yaml")],
        "scrape_configs": [
            tracks(run),
            gates(run),
            static("traefik", f"{run.node}:{gateway.METRICS_PORT}"),
            static("argocd", "127.0.0.1:8082", "127.0.0.1:8083", "127.0.0.1:8084"),
            static("prometheus", f"{run.node}:{PORT}"),
        ],
    }


def tracks(run: Run) -> dict[str, Any]:
    """The servers, by their track's Service: model and track are the Service's, never the server's own words.

    What the server says of itself under these names becomes `exported_*` and is dropped.
    """
    return {
        "job_name": "sluice-servers",
        "honor_labels": False,
        "kubernetes_sd_configs": [{"role": "endpointslice", "kubeconfig_file": str(run.kubeconfig)}],
        "relabel_configs": [
            _keep(f"{_SERVICE}track", "stable|canary|baseline"),
            _keep("__meta_kubernetes_endpointslice_port_name", "metrics"),
            _label("__meta_kubernetes_namespace", "namespace"),
            _label(f"{_SERVICE}model", "model"),
            _label(f"{_SERVICE}track", "track"),
            _label(f"{_SERVICE}environment", "environment"),
            _label("__meta_kubernetes_pod_name", "pod"),
            # Nothing answers there: a hollow node's pods only say that they are ready.
            {
                "source_labels": ["__meta_kubernetes_pod_node_name"],
                "regex": f"{kwok.PREFIX}.*",
                "action": "drop",
            },
        ],
        "metric_relabel_configs": [
            {"regex": "exported_(namespace|model|track|environment|pod)", "action": "labeldrop"}
        ],
    }


def gates(run: Run) -> dict[str, Any]:
    """The gate's own pods, by their name label and their port named `metrics`."""
    return {
        "job_name": "sluice-gate",
        "kubernetes_sd_configs": [{"role": "pod", "kubeconfig_file": str(run.kubeconfig)}],
        "relabel_configs": [
            _keep("__meta_kubernetes_pod_label_app_kubernetes_io_name", "sluice-gate|gate"),
            _keep("__meta_kubernetes_pod_container_port_name", "metrics"),
            _label("__meta_kubernetes_namespace", "namespace"),
            _label("__meta_kubernetes_pod_name", "pod"),
        ],
    }


def write_rules(run: Run) -> list[str]:
    """Write the rules of the charts' PrometheusRules as files, as the operator does; returns their names.

    Raises `CommandFailed` with helm's words.
    """
    folder, names = run.folder("prometheus", "rules"), []
    for path in folder.glob("*.yaml"):
        path.unlink()
    for chart, options in RULES.items():
        command = [run.tool("helm"), "template", chart, CHARTS / chart, "--namespace", "monitoring", *options]
        for body in yaml.safe_load_all(run.call(command)):
            if body and body["kind"] == "PrometheusRule":
                names.append(body["metadata"]["name"])
                (folder / f"{names[-1]}.yaml").write_text(yaml.safe_dump(body["spec"], sort_keys=False))
    return names


def get(run: Run, path: str) -> Object:
    """The `data` of one of its API's answers. Raises `OSError` for what it refuses."""
    with urllib.request.urlopen(f"{address(run)}{path}", timeout=30) as answer:
        found: Object = json.load(answer)["data"]
    return found


def query(run: Run, expression: str) -> list[tuple[dict[str, str], float]]:
    """An instant query's series: labels and value. Raises `OSError` for an expression that is refused."""
    found = get(run, f"/api/v1/query?query={quote(expression)}")["result"]
    return [(each["metric"], float(each["value"][1])) for each in found]


def targets(run: Run) -> list[Object]:
    """What it scrapes: labels, health and last error of each target."""
    found: list[Object] = get(run, "/api/v1/targets?state=active")["activeTargets"]
    return found


def _keep(label: str, pattern: str) -> dict[str, Any]:
    return {"source_labels": [label], "regex": pattern, "action": "keep"}


def _label(source: str, target: str) -> dict[str, Any]:
    return {"source_labels": [source], "target_label": target}
