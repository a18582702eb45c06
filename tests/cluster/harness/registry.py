"""An OCI registry on the node address, by plain http, and the charts in it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from harness.argocd import NAMESPACE
from harness.kube import api
from harness.run import Run, call
from harness.web import answers

DAEMON = "registry"
PORT = 5000
SECRET = "charts"


def address(run: Run) -> str:
    """HOST:PORT."""
    return f"{run.node}:{PORT}"


def start(run: Run) -> None:
    """Start it, and let Argo CD take charts from it without TLS."""
    config = run.file("registry", "config.yml")
    storage = {"filesystem": {"rootdirectory": str(run.folder("registry", "data"))}}
    config.write_text(yaml.safe_dump({"version": 0.1, "storage": storage, "http": {"addr": address(run)}}))
    ready = f"http://{address(run)}/v2/"
    command = [run.tool("registry"), "serve", config]
    run.start(DAEMON, command, env={"OTEL_TRACES_EXPORTER": "none"}, ready=lambda: answers(ready))
    data = {"type": "oci", "url": f"oci://{address(run)}/charts/onnx-serving", "insecureOCIForceHttp": "true"}
    labels = {"argocd.argoproj.io/secret-type": "repository"}
    about = {"name": SECRET, "namespace": NAMESPACE, "labels": labels}
    api(run).apply({"apiVersion": "v1", "kind": "Secret", "metadata": about, "stringData": data})


def stop(run: Run) -> None:
    """Stop it; what was pushed stays."""
    run.stop(DAEMON)


def push(run: Run, chart: Path) -> dict[str, str]:
    """Package and push a chart; what `chart` of an environment.yaml says of it."""
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    helm, repository = str(run.tool("helm")), f"oci://{address(run)}/charts"
    with tempfile.TemporaryDirectory() as folder:
        call([helm, "package", "--destination", folder, str(chart)])
        archive = f"{folder}/{about['name']}-{about['version']}.tgz"
        call([helm, "push", archive, repository, "--plain-http"])
    url = f"http://{address(run)}/v2/charts/{about['name']}/manifests/{about['version']}"
    accept = "Accept: application/vnd.oci.image.manifest.v1+json"
    headers = call(["curl", "--silent", "--fail", "--head", "--header", accept, url])
    digest = headers.lower().partition("docker-content-digest:")[2].split()[0]
    return {"repository": f"{repository}/{about['name']}", "version": about["version"], "digest": digest}
