"""The state of one Argo CD Application, and the request to refresh it."""

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
    """An Application's last sync."""

    revision: str | None
    health: str | None
    finished: datetime | None
    """When the last sync ended, to the second; None while one runs, or where none is known."""
    problem: str | None
    """Why the cluster may not be as git says; None when it is."""

    @property
    def summary(self) -> str | None:
        """The synced revision and the health, for the evidence record."""
        return " ".join(filter(None, (self.revision, self.health))) or None


def path(environment: str, model: str) -> str:
    """The API path of the Application of a model in an environment."""
    namespace = os.environ.get(NAMESPACE) or "argocd"
    return f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/{environment}-{model}"


def read_sync(api: ObjectReader, environment: str, model: str) -> Sync:
    """Read the Application. Raises NoData."""
    application = api.get(path(environment, model), f"Application {environment}-{model}")
    status = application["status"]
    operation = status["operationState"]
    phase = operation["phase"].text
    finished = operation["finishedAt"].moment
    running = application["operation"].value is not None or phase in ("Running", "Terminating")
    return Sync(
        revision=_revision(status["sync"]),
        health=status["health"]["status"].text,
        finished=None if running else finished,
        problem=_problem(application, phase, running),
    )


def _revision(sync: Node) -> str | None:
    """The synced revision; those of an Application with several sources with commas between them."""
    if sync["revision"].text:
        return sync["revision"].text
    revisions = [node.text for node in sync["revisions"].items()]
    return ",".join(revision for revision in revisions if revision) or None


def _problem(application: Node, phase: str | None, running: bool) -> str | None:
    name = application.location
    status = application["status"]
    if application["metadata"]["deletionTimestamp"].value is not None:
        return f"{name} is being deleted; restore its release, or let it go"
    if running:
        return f"{name} is being synced; wait until it ends"
    state = status["sync"]["status"].text
    if state != "Synced":
        messages = [node["message"].text for node in status["conditions"].items()]
        reasons = "; ".join(text[:300] for text in messages if text)
        words = f" ({reasons})" if reasons else ""
        return f"{name} is {state or 'not compared yet'}, not Synced{words}; see it in Argo CD"
    if phase not in (None, "Succeeded"):
        message = status["operationState"]["message"].text or "no message"
        return f"{name}: the last sync ended {phase} ({message[:300]}); see it in Argo CD"
    return None


def refresh(api: KubeApi, environment: str, model: str) -> str | None:
    """Ask Argo CD to compare the Application with git now; the reason where that failed. Never raises."""
    what = f"Application {environment}-{model}"
    try:
        api.patch(path(environment, model), what, {"metadata": {"annotations": {REFRESH: "normal"}}})
    except NoData as error:
        return f"Argo CD was not asked to refresh, it polls: {error}"
    return None
