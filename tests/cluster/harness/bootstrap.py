"""What `sluice bootstrap` does, done by the command itself, and the credential of the gate."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from harness import forge, images, kube
from harness.run import Run, call
from harness.wait import NotYet, until

GATE = "sluicegate"
"""The namespace of the gate."""
SECRET = "sluicegate-repo"
SECONDS = 120.0


def start(run: Run, *options: str) -> str:
    """Run `sluice bootstrap` with the gate, and wait until the gate runs; the command's words.

    Raises `CommandFailed` with what the command printed, `TooSlow`.
    """
    credential(run)
    words = sluice(run, "--gate-image", images.loaded(run)["gate"], *options)
    until_gate(run)
    return words


def sluice(run: Run, *options: str) -> str:
    """The command alone; its words are kept in the run's logs. Raises `CommandFailed` with them."""
    command: list[str] = [str(Path(sys.executable).parent / "sluice"), "bootstrap"]
    command += ["--kubeconfig", str(run.kubeconfig), "--repo", forge.git_url(run), *options]
    words = call(command, seconds=SECONDS)
    log = run.log("bootstrap")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(words)
    return words


def credential(run: Run) -> None:
    """The secret that bootstrap asks for and never makes: the repository's URL with the gate's account."""
    client = kube.api(run)
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": GATE}})
    url = base64.b64encode(forge.git_url(run, forge.GATE).encode()).decode()
    secret = {"name": SECRET, "namespace": GATE}
    client.apply({"apiVersion": "v1", "kind": "Secret", "metadata": secret, "data": {"url": url}})


def until_gate(run: Run, seconds: float = 180) -> None:
    """Wait until the gate's pod is available. Raises `TooSlow` with its state."""
    client = kube.api(run)

    def there() -> bool:
        found = client.find("apps/v1", "Deployment", "gate", GATE)
        status = (found or {}).get("status", {})
        if status.get("availableReplicas", 0) < 1 or status.get("unavailableReplicas", 0):
            application = (
                client.find("argoproj.io/v1alpha1", "Application", "sluicegate-gate", "argocd") or {}
            )
            raise NotYet(
                f"deployment {status}; application {application.get('status', {}).get('conditions')}"
            )
        return True

    until("the gate to run", there, seconds, tolerate=kube.UNREACHABLE)
