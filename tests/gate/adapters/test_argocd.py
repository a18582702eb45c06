"""One Application, as JSON; test_cluster.py reads recorded ones over HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from sluicegate.gate.adapters import argocd
from sluicegate.gate.adapters.argocd import Sync, read_sync, refresh
from sluicegate.gate.adapters.kubeapi import Unreadable
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData

FINISHED = datetime(2026, 11, 21, 13, 15, 7, tzinfo=UTC)


def application(**changes: Any) -> dict[str, Any]:
    operation = {"phase": "Succeeded", "finishedAt": "2026-11-21T13:15:07Z", "message": "done"}
    status = {"sync": {"status": "Synced", "revision": "r"}, "health": {"status": "Healthy"}}
    operation |= changes.pop("operation_state", {})
    status |= {"operationState": operation} | changes.pop("status", {})
    return {"metadata": {}, "status": status} | changes


class Api:
    """An API of one object."""

    def __init__(self, value: Any = None, refusal: NoData | None = None) -> None:
        self.value = value
        self.refusal = refusal
        self.patched: list[tuple[str, Mapping[str, Any]]] = []

    def get(self, _path: str, what: str, **_query: str) -> Node:
        return Node(self.value, what)

    def patch(self, path: str, _what: str, body: Mapping[str, Any]) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.patched.append((path, body))


def sync(**changes: Any) -> Sync:
    return read_sync(Api(application(**changes)), "production", "m")


def test_a_sync_that_succeeded_has_no_problem():
    assert sync() == Sync("r", "Healthy", FINISHED, None)
    assert sync().summary == "r Healthy"


def test_several_sources_have_several_revisions():
    assert sync(status={"sync": {"status": "Synced", "revisions": ["a", "b"]}}).revision == "a,b"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"metadata": {"deletionTimestamp": "2026-11-21T13:15:07Z"}}, "is being deleted; restore"),
        ({"operation": {"sync": {}}}, "is being synced; wait until it ends"),
        ({"operation_state": {"phase": "Running"}}, "is being synced; wait until it ends"),
        ({"operation_state": {"phase": "Terminating"}}, "is being synced; wait until it ends"),
        ({"operation_state": {"phase": "Failed"}}, ": the last sync ended Failed (done); see it in Argo CD"),
        ({"status": {"sync": {}}}, "is not compared yet, not Synced; see it in Argo CD"),
        (
            {"status": {"sync": {"status": "Unknown"}, "conditions": [{"message": "no repo"}, {}]}},
            "is Unknown, not Synced (no repo); see it in Argo CD",
        ),
    ],
)
def test_what_keeps_the_cluster_from_being_as_git_says_is_named(changes: dict[str, Any], problem: str):
    found = sync(**changes).problem
    assert found is not None and found.startswith("Application production-m") and problem in found


def test_a_sync_that_runs_has_not_finished():
    assert sync(operation_state={"phase": "Running"}).finished is None


@pytest.mark.parametrize("phase", ["Succeeded", "Running"])
def test_an_unreadable_end_is_refused_in_every_phase(phase: str):
    with pytest.raises(NoData, match="not a moment"):
        sync(operation_state={"finishedAt": "yesterday", "phase": phase})


def test_a_refresh_is_requested_by_its_annotation():
    api = Api()
    assert refresh(api, "production", "m") is None
    (patch,) = api.patched
    assert patch == (
        "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/production-m",
        {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}},
    )


def test_a_refusal_to_refresh_is_a_reason_and_not_an_error():
    api = Api(refusal=Unreadable("Application production-m is refused", "grant the role"))
    reason = refresh(api, "production", "m")
    assert reason is not None and reason.endswith(
        "it polls: Application production-m is refused; grant the role"
    )


def test_argo_cds_namespace_can_be_named(monkeypatch):
    monkeypatch.setenv("SLUICE_ARGOCD_NAMESPACE", "gitops")
    assert "/namespaces/gitops/applications/production-m" in argocd.path("production", "m")
