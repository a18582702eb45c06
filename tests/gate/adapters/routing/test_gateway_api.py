"""HTTPRoutes as JSON; test_cluster.py reads a recorded one over HTTP."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.releases import V1, V2

from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.routing.base import RouteWeight
from sluicegate.gate.adapters.routing.gateway_api import read
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release

RELEASE = Release(
    "m",
    "production",
    stable=V1,
    canary=V2,
    weight=5,
)


def true(kind: str, at: str = "2026-11-21T13:16:02Z") -> dict[str, Any]:
    return {"type": kind, "status": "True", "observedGeneration": 3, "lastTransitionTime": at}


ROUTE: dict[str, Any] = {
    "metadata": {"generation": 3, "managedFields": [{"time": "2026-11-21T13:16:00Z"}]},
    "spec": {
        "parentRefs": [{"name": "models", "namespace": "gateway"}],
        "rules": [
            {"backendRefs": [{"name": "m-canary"}]},
            {"backendRefs": [{"name": "m-stable", "weight": 95}, {"name": "m-canary", "weight": 5}]},
        ],
    },
    "status": {
        "parents": [
            {
                "parentRef": {"name": "models", "namespace": "gateway"},
                "conditions": [true("Accepted"), true("ResolvedRefs", "2026-11-21T13:16:05Z")],
            }
        ]
    },
}


class Api:
    def __init__(self, value: Any) -> None:
        self.value = value

    def get(self, _path: str, what: str, **_query: str) -> Node:
        return Node(self.value, what)


def route_weight(change: Callable[[dict[str, Any]], object] = lambda _: None) -> RouteWeight:
    route = copy.deepcopy(ROUTE)
    change(route)
    return read(Api(route), "ns", RELEASE)


def test_the_weight_is_that_of_the_rule_that_names_both_tracks_since_the_last_condition():
    assert route_weight() == RouteWeight(5, datetime(2026, 11, 21, 13, 16, 5, tzinfo=UTC))


def test_a_route_that_does_not_tell_its_change_has_no_moment():
    assert route_weight(lambda r: r["metadata"].pop("managedFields")).changed is None


def backends(route: dict[str, Any]) -> list[dict[str, Any]]:
    return route["spec"]["rules"][1]["backendRefs"]


def conditions(route: dict[str, Any]) -> list[dict[str, Any]]:
    return route["status"]["parents"][0]["conditions"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["metadata"].pop("generation"), "metadata.generation is 'None', not a generation"),
        (lambda r: r["spec"].pop("parentRefs"), "names no Gateway; set gateway.name"),
        (lambda r: r.pop("status"), "no Gateway gateway/models has taken it up; see its listeners"),
        (lambda r: conditions(r).pop(), "is not ResolvedRefs: the condition is missing; see the Gateway"),
        (lambda r: conditions(r).append(true("Accepted")), "has the condition Accepted 2 times"),
        (lambda r: conditions(r)[0].update(status="False"), "is not Accepted: no reason given"),
        (lambda r: conditions(r)[0].update(observedGeneration=2), "taken up generation 2, not 3; wait"),
        (lambda r: backends(r)[0].update(namespace="other"), "sends requests to Service other/m-stable too"),
        (lambda r: backends(r)[0].update(kind="X", group="g"), "sends requests to X ns/m-stable too"),
        (lambda r: backends(r)[0].update(name="m-canary"), "not a backend of its own name"),
        (lambda r: backends(r)[0].pop("weight"), "add up to 6, not to 100; see the chart's values"),
        (lambda r: r["spec"]["rules"].pop(), "has no rule that names the tracks"),
        (
            lambda r: r["spec"]["rules"].append(
                {"backendRefs": [{"name": "m-stable", "weight": 50}, {"name": "m-canary", "weight": 50}]}
            ),
            r"disagree about the weight \(spec.rules\[1\]: 5 %, spec.rules\[2\]: 50 %\); let them agree",
        ),
    ],
)
def test_a_route_that_is_not_as_committed_gives_no_weight(change: Callable[..., object], message: str):
    with pytest.raises(NoData, match=message):
        route_weight(change)
