import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from support.releases import V1, V2

from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.routing.base import RouteWeight
from sluicegate.gate.adapters.routing.istio import read
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release

RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
SERVICE = {
    "metadata": {
        "generation": 3,
        "managedFields": [
            {"manager": "argocd-controller", "time": "2026-11-21T13:15:05Z"},
            {"manager": "pilot-discovery", "subresource": "status", "time": "2026-11-21T13:20:00Z"},
        ],
    },
    "spec": {
        "http": [
            {"match": [{"headers": {}}], "route": [{"destination": {"host": "m-canary"}}]},
            {
                "route": [
                    {"destination": {"host": "m-stable.production.svc.cluster.local"}, "weight": 95},
                    {"destination": {"host": "m-canary.production.svc.cluster.local"}, "weight": 5},
                ]
            },
        ]
    },
}


class Objects:
    """One object, whatever is asked for."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def get(self, path: str, what: str, **_: str) -> Node:
        assert path == "/apis/networking.istio.io/v1/namespaces/production/virtualservices/m"
        return Node(self.found, what)


def route_weight(change=lambda _: None, release: Release = RELEASE) -> RouteWeight:
    found = copy.deepcopy(SERVICE)
    change(found)
    return read(Objects(found), "production", release)


def test_the_weighted_route_is_the_split():
    assert route_weight() == RouteWeight(5, datetime(2026, 11, 21, 13, 15, 5, tzinfo=UTC))


def test_a_first_release_has_one_destination():
    only = [{"route": [{"destination": {"host": "m-canary"}}]}]
    first = Release("m", "production", canary=RELEASE.canary, weight=100)
    assert route_weight(lambda s: s["spec"].update(http=only), first).weight == 100


@pytest.mark.parametrize(
    "status", [{}, {"observedGeneration": "3"}, {"observedGeneration": 3, "conditions": []}]
)
def test_a_status_that_agrees_or_is_missing_is_well(status: dict[str, Any]):
    assert route_weight(lambda s: s.update(status=status)).weight == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.update(status={"observedGeneration": "2"}), "generation 2, not 3"),
        (
            lambda s: s.update(status={"conditions": [{"type": "Reconciled", "status": "False"}]}),
            "not Reconciled",
        ),
        (lambda s: s.update(status={"validationMessages": [{"level": "ERROR"}]}), "istioctl analyze"),
        (lambda s: s["spec"].update(http=[]), "no rule that names the tracks"),
        (lambda s: s["spec"]["http"][1]["route"][0].update(weight=5), "add up to 10"),
        (lambda s: s["spec"]["http"][1]["route"][0].pop("weight"), "add up to 5"),
        (lambda s: s["spec"]["http"][1]["route"][0]["destination"].update(host="m-canary"), "of its own"),
        (
            lambda s: s["spec"]["http"][1]["route"][0]["destination"].update(host="m-stable.other.svc"),
            "too; let only the release's tracks",
        ),
        (lambda s: s["spec"].update(http="x"), "not a list"),
    ],
)
def test_what_is_not_surely_so_gives_no_weight(change, said: str):
    with pytest.raises(NoData, match=said):
        route_weight(change)
