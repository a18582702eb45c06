"""What Argo CD says about one Application, and the request to look at git again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.adapters.kubeapi import KubeApi, ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData

NAMESPACE = "SLUICE_ARGOCD_NAMESPACE"
"""The variable that names Argo CD's namespace; `argocd` without it."""
REFRESH = "argocd.argoproj.io/refresh"


@dataclass(frozen=True)
class Sync:
    """What is known of an Application's last sync."""

    revision: str | None
    health: str | None
    finished: datetime | None
    """When the last sync ended, to the second; None while one runs, or where none is known."""
    problem: str | None
    """Why the cluster may not be as git says; None when it is."""

    @property
    def told(self) -> str | None:
        """The synced revision and the health, for the record."""
        return " ".join(filter(None, (self.revision, self.health))) or None


def path(environment: str, model: str) -> str:
    """Where the Application of a model in an environment stands."""
    namespace = os.environ.get(NAMESPACE) or "argocd"
    return f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/{environment}-{model}"


def read_sync(api: ObjectReader, environment: str, model: str) -> Sync:
    """Read the Application. Raises NoData."""
    found = api.get(path(environment, model), f"Application {environment}-{model}")
    status = found["status"]
    state = status["sync"]
    revisions = [node.text for node in state["revisions"].items()]
    operation = status["operationState"]
    phase = operation["phase"].text
    running = found["operation"].value is not None or phase in ("Running", "Terminating")
    return Sync(
        revision=state["revision"].text or ",".join(filter(None, revisions)) or None,
        health=status["health"]["status"].text,
        finished=None if running else operation["finishedAt"].moment,
        problem=_problem(found, state["status"].text, phase, running),
    )


def _problem(found: Node, state: str | None, phase: str | None, running: bool) -> str | None:
    if found["metadata"]["deletionTimestamp"].value is not None:
        return f"{found.place} is being deleted; restore its release, or let it go"
    if running:
        return f"{found.place} is being synced; wait until it ends"
    if state != "Synced":
        said = [node["message"].text for node in found["status"]["conditions"].items()]
        words = f" ({'; '.join(text[:300] for text in said if text)})" if any(said) else ""
        return f"{found.place} is {state or 'not compared yet'}, not Synced{words}; see it in Argo CD"
    if phase not in (None, "Succeeded"):
        said_last = found["status"]["operationState"]["message"].text or "no message"
        return f"{found.place}: the last sync ended {phase} ({said_last[:300]}); see it in Argo CD"
    return None


def refresh(api: KubeApi, environment: str, model: str) -> str | None:
    """Ask Argo CD to compare the Application with git now; why it could not be asked, if so. Never raises."""
    what = f"Application {environment}-{model}"
    try:
        api.patch(path(environment, model), what, {"metadata": {"annotations": {REFRESH: "normal"}}})
    except NoData as error:
        return f"Argo CD was not asked to refresh, it polls: {error}"
    return None
