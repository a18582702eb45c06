"""An OCI registry on the node address, and the charts in it; the run's authority signs its certificate."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from harness import certificates
from harness.run import Run, call

DAEMON = "registry"
PORT = 5000


def address(run: Run) -> str:
    """HOST:PORT."""
    return f"{run.node}:{PORT}"


def start(run: Run) -> None:
    """Start it; Argo CD trusts it, as `argocd.environment` lays the authority's certificate down."""
    if not certificates.file(run, f"{DAEMON}.crt").exists():
        certificates.issue(run, DAEMON, addresses=(run.node,))
    pair = {"certificate": f"{DAEMON}.crt", "key": f"{DAEMON}.key"}
    tls = {key: str(certificates.file(run, name)) for key, name in pair.items()}
    storage = {"filesystem": {"rootdirectory": str(run.folder("registry", "data"))}}
    config = run.file("registry", "config.yml")
    config.write_text(
        yaml.safe_dump({"version": 0.1, "storage": storage, "http": {"addr": address(run), "tls": tls}})
    )
    command = [run.tool("registry"), "serve", config]
    env = {"OTEL_TRACES_EXPORTER": "none"}
    run.start(DAEMON, command, env=env, ready=lambda: run.listening(DAEMON, PORT))


def push(run: Run, chart: Path) -> dict[str, str]:
    """Package and push a chart; what `chart` of an environment.yaml says of it."""
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    authority = str(certificates.file(run, "ca.crt"))
    helm, repository = str(run.tool("helm")), f"oci://{address(run)}/charts"
    with tempfile.TemporaryDirectory() as folder:
        call([helm, "package", "--destination", folder, str(chart)])
        archive = f"{folder}/{about['name']}-{about['version']}.tgz"
        call([helm, "push", archive, repository, "--ca-file", authority])
    url = f"https://{address(run)}/v2/charts/{about['name']}/manifests/{about['version']}"
    accept = "Accept: application/vnd.oci.image.manifest.v1+json"
    ask = ["curl", "--silent", "--fail", "--head", "--cacert", authority, "--header", accept, url]
    digest = call(ask).lower().partition("docker-content-digest:")[2].split()[0]
    return {"repository": f"{repository}/{about['name']}", "version": about["version"], "digest": digest}
