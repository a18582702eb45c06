"""Services and Deployments as JSON; test_cluster.py reads recorded ones over HTTP."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.workload import not_ready, selector
from sluicegate.specs.release import Version

DIGEST = "sha256:" + "2" * 64
VERSION = Version(2, "2" * 40, DIGEST)
PODS = {"app": "m"}
SERVICE = {"metadata": {"annotations": {"sluicegate.dev/digest": DIGEST}}, "spec": {"selector": PODS}}
DEPLOYMENT: dict[str, Any] = {
    "metadata": {
        "name": "m-v2",
        "generation": 3,
        "labels": {"sluicegate.dev/version": "2"},
        "annotations": {"sluicegate.dev/digest": DIGEST},
    },
    "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": "m", "more": "x"}}}},
    "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
}


class Api:
    def __init__(self, value: Any) -> None:
        self.value = value

    def get(self, _path: str, what: str, **_query: str) -> Node:
        return Node(self.value, what)


def test_a_services_selector_is_its_pods():
    assert selector(Api(SERVICE), "ns", "m", "canary", VERSION) == PODS


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({}, "leads to no artifact, not to version 2"),
        (SERVICE | {"metadata": {"annotations": {"sluicegate.dev/digest": "sha256:1"}}}, "leads to sha256:1"),
        (SERVICE | {"spec": {}}, "Service m-canary in ns selects no pods; see the chart"),
    ],
)
def test_a_service_of_something_else_is_no_data(service: dict[str, Any], message: str):
    with pytest.raises(NoData, match=message):
        selector(Api(service), "ns", "m", "canary", VERSION)


def reason(*changes: Callable[[dict[str, Any]], object]) -> str | None:
    deployment = copy.deepcopy(DEPLOYMENT)
    for change in changes:
        change(deployment)
    return not_ready(Api({"items": [deployment]}), "ns", "m", VERSION, PODS)


def test_a_deployment_with_all_its_pods_available_is_ready():
    assert reason() is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["metadata"].update(deletionTimestamp="x"), "is being deleted; wait"),
        (lambda d: d["status"].update(observedGeneration=2), "generation 2 is observed, not 3; wait"),
        (lambda d: d["metadata"].pop("generation"), "generation 3 is observed, not None"),
        (lambda d: d["spec"].update(replicas=0), "is scaled to 0 pods; scale it to 1 or more"),
        (lambda d: d["status"].update(availableReplicas=1), "1 of 2 pods available, 2 up to date, 2 in all"),
        (lambda d: d["status"].update(replicas=3), "2 of 2 pods available, 2 up to date, 3 in all"),
        (lambda d: d["status"].pop("updatedReplicas"), "2 of 2 pods available, 0 up to date"),
        (lambda d: d["metadata"]["annotations"].clear(), "no Deployment runs version 2"),
        (lambda d: d["metadata"]["labels"].update({"sluicegate.dev/version": "3"}), "no Deployment runs"),
        (lambda d: d["spec"]["template"]["metadata"].update(labels={}), "no Deployment runs version 2"),
    ],
)
def test_a_deployment_that_is_not_ready_has_its_reason(change: Callable[..., object], expected: str):
    found = reason(change)
    assert found is not None and expected in found


def test_a_list_that_is_not_there_is_no_data():
    with pytest.raises(NoData, match="Deployments of m in ns: items is 'None', not a list"):
        not_ready(Api({}), "ns", "m", VERSION, PODS)
