import copy
from typing import Any

import pytest

from sluicegate.gate.adapters.cluster import Cluster
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.routing.kserve import read
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release, Version

RELEASE = Release(
    "m", "production", stable=Version(1, "1" * 40, "a"), canary=Version(2, "2" * 40, "b"), weight=5
)
SERVICE = {
    "metadata": {
        "generation": 3,
        "annotations": {"sluicegate.dev/digest": "b"},
        "managedFields": [{"manager": "argocd-controller", "time": "2026-11-21T13:15:05Z"}],
    },
    "spec": {"predictor": {"canaryTrafficPercent": 5}},
    "status": {
        "observedGeneration": 3,
        "conditions": [{"type": "Ready", "status": "True"}],
        "components": {
            "predictor": {
                "latestCreatedRevision": "m-predictor-00002",
                "latestReadyRevision": "m-predictor-00002",
                "traffic": [
                    {"latestRevision": True, "percent": 5, "revisionName": "m-predictor-00002"},
                    {
                        "latestRevision": False,
                        "percent": 95,
                        "revisionName": "m-predictor-00001",
                        "tag": "prev",
                    },
                ],
            }
        },
    },
}
APPLICATION = {
    "status": {"sync": {"status": "Synced", "revision": "r"}, "operationState": {"phase": "Succeeded"}}
}


class Objects:
    """The InferenceService and the Application."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def get(self, path: str, what: str, **_: str) -> Node:
        return Node(APPLICATION if "/applications/" in path else self.found, what)


def changed(change=lambda _: None) -> Objects:
    found = copy.deepcopy(SERVICE)
    change(found)
    return Objects(found)


def predictor(service: Any) -> Any:
    return service["status"]["components"]["predictor"]


def test_the_split_is_what_the_status_says():
    assert read(changed(), "production", RELEASE).weight == 5


def test_a_first_release_asks_for_no_share():
    def alone(service: Any) -> None:
        del service["spec"]["predictor"]["canaryTrafficPercent"]
        predictor(service)["traffic"] = [{"latestRevision": True, "percent": 100}]

    first = Release("m", "production", canary=RELEASE.canary, weight=100)
    assert read(changed(alone), "production", first).weight == 100
    with pytest.raises(NoData, match="not the None %"):
        read(changed(alone), "production", RELEASE)


NOT_SO = [
    (lambda s: s["metadata"].update(generation=4), "has not taken up generation 4"),
    (lambda s: s["status"]["conditions"][0].update(status="False"), "not Ready"),
    (lambda s: predictor(s).update(latestReadyRevision="m-predictor-00001"), "not Ready"),
    (lambda s: predictor(s).pop("traffic"), "does not say how traffic is split"),
    # A mode that cannot split gives everything to the newest.
    (
        lambda s: predictor(s).update(traffic=[{"latestRevision": True, "percent": 100}]),
        "not the 5 % requested",
    ),
    # A canary that is not ready gets nothing, without a word.
    (lambda s: [predictor(s)["traffic"][i].update(percent=p) for i, p in ((0, 0), (1, 100))], "not the 5 %"),
    (lambda s: predictor(s)["traffic"][0].update(percent="5"), "not a whole number"),
]


@pytest.mark.parametrize(("change", "said"), NOT_SO)
def test_what_is_not_surely_so_gives_no_weight(change, said: str):
    with pytest.raises(NoData, match=said):
        read(changed(change), "production", RELEASE)


def seen(objects: Objects):
    return Cluster("production", "production", "kserve", objects, objects).read(RELEASE)


def test_a_cluster_of_kserve_tells_weight_and_readiness_by_the_one_object():
    assert (seen(changed()).weight, seen(changed()).ready, seen(changed()).problems) == (5, True, ())


@pytest.mark.parametrize(
    "change", [lambda s: s["metadata"].pop("annotations"), *(change for change, _ in NOT_SO[:3])]
)
def test_a_canary_that_is_not_there_is_neither_ready_nor_weighted(change):
    found = seen(changed(change))
    assert (found.weight, found.ready) == (None, False) and found.problems
