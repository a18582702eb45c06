"""The cluster over HTTP, with objects recorded from a real API server (1.34) and Traefik 3.5."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.http_stub import Answer, Site
from support.releases import V1, V2

from sluicegate.gate.adapters.cluster import Cluster, ReleaseStatus
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.specs.release import Baseline, Release, Traffic

CHANGED = datetime(2026, 11, 21, 13, 16, 2, tzinfo=UTC)
LATER = CHANGED + timedelta(minutes=1)
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
COUNTING = replace(RELEASE, baseline=Baseline(LATER, Traffic(0, 0), {}))
RECORDED = json.loads((Path(__file__).parent / "recorded" / "cluster.json").read_text())
APPLICATION, ROUTE, STABLE, CANARY, DEPLOYMENTS = RECORDED


class Kube:
    """An API server of recorded objects, which a test changes in place."""

    def __init__(self, web: Site, kubeconfig: Path) -> None:
        self.web = web
        self.kubeconfig = kubeconfig
        self.objects: dict[str, Any] = {}
        self.reset()

    def reset(self) -> None:
        self.objects.update(copy.deepcopy(RECORDED))
        for path in RECORDED:
            self.web.pages[path] = lambda _, path=path: json.dumps(self.objects[path]).encode()

    def fail(self, path: str, status: int, message: str = "no") -> None:
        body = {"kind": "Status", "status": "Failure", "message": message, "code": status}
        self.web.pages[path] = Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def at(self, path: str, *keys: str | int) -> Any:
        """A field of an object."""
        found = self.objects[path]
        for key in keys:
            found = found[key]
        return found

    def read(self, release: Release = RELEASE, **more: Any) -> ReleaseStatus:
        return Cluster("production", "production", "gateway-api", KubeApi(seconds=2), **more).read(release)


@pytest.fixture
def kube(web, tmp_path, monkeypatch) -> Iterator[Kube]:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "here", "cluster": {"server": web.url}}],
                "users": [{"name": "gate", "user": {"token": "secret"}}],
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "gate"}}],
                "current-context": "here",
            }
        )
    )
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    return Kube(web, kubeconfig)


def test_the_recorded_answers_of_a_real_cluster_give_the_weight_in_effect(kube: Kube):
    assert kube.read() == ReleaseStatus(5, True, CHANGED, "5" * 40 + " Healthy", ())
    assert sorted(kube.web.paths) == sorted(RECORDED)
    assert kube.read(COUNTING) == kube.read()


def test_another_cluster_is_a_context_and_argo_cd_stays_in_its_own(kube: Kube):
    there = Cluster("production", "production", "gateway-api", KubeApi("there", 2))
    seen = there.read(RELEASE)
    assert (seen.weight, seen.ready, seen.synced) == (None, False, "5" * 40 + " Healthy")
    assert all("no access to the cluster 'there'" in problem for problem in seen.problems)
    text = json.loads(kube.kubeconfig.read_text())
    text["contexts"].append({"name": "there", "context": {"cluster": "here", "user": "gate"}})
    kube.kubeconfig.write_text(json.dumps(text))
    assert there.read(RELEASE).weight == 5


# What must not be missing, each with a word of its reason: before counting begins, and once it has.
Break = Callable[[Kube], object]
ROUTED: dict[str, tuple[Break, str]] = {
    "old generation": (
        lambda k: k.at(ROUTE, "metadata").update(generation=9),
        "taken up generation 3, not 9",
    ),
    "no generation": (lambda k: k.at(ROUTE, "metadata").pop("generation"), "not a generation"),
    "no status": (lambda k: k.at(ROUTE).pop("status"), "no Gateway gateway/models"),
    "not accepted": (lambda k: condition(k, "Accepted").update(status="False"), "not Accepted"),
    "not resolved": (lambda k: condition(k, "ResolvedRefs").update(status="Unknown"), "not ResolvedRefs"),
    "no condition": (lambda k: k.at(ROUTE, "status", "parents", 0).update(conditions=[]), "is missing"),
    "another gateway": (
        lambda k: k.at(ROUTE, "status", "parents", 0, "parentRef").update(name="other"),
        "no Gateway gateway/models",
    ),
    "no parents": (lambda k: k.at(ROUTE, "spec").pop("parentRefs"), "names no Gateway"),
    "no rules": (lambda k: k.at(ROUTE, "spec").update(rules=[]), "no rule that names the tracks"),
    "odd sum": (lambda k: backend(k, 0).update(weight=90), "add up to 95"),
    "a third backend": (lambda k: backends(k).append({"name": "x", "weight": 1}), "requests to x"),
    "another namespace": (lambda k: backend(k, 1).update(namespace="other"), "Service other/m-canary"),
    "no such backend": (lambda k: backends(k).pop(0), "no rule that names the tracks"),
    "rules that disagree": (
        # A second split: without a first one there is nothing to disagree with.
        lambda k: (
            backend(k, 1),
            k.at(ROUTE, "spec", "rules").append(
                {"backendRefs": [{"name": "m-stable", "weight": 90}, {"name": "m-canary", "weight": 10}]}
            ),
        ),
        "disagree about the weight",
    ),
    "a text for a weight": (lambda k: backend(k, 1).update(weight="5"), "not a whole number"),
    "a bool for a weight": (lambda k: backend(k, 1).update(weight=True), "not a whole number"),
    "a list for a route": (lambda k: k.objects.update({ROUTE: []}), "not an object"),
    "the stable service": (lambda k: annotate(k, STABLE, V2.digest), "not to version 1"),
    "the canary service": (lambda k: annotate(k, CANARY, V1.digest), "not to version 2"),
    "no digest": (lambda k: k.at(CANARY, "metadata").pop("annotations"), "leads to no artifact"),
    "no pods": (lambda k: k.at(CANARY, "spec").pop("selector"), "selects no pods"),
    "no service": (lambda k: k.fail(STABLE, 404), "Service m-stable in production is not there"),
    "no route": (lambda k: k.fail(ROUTE, 404), "HTTPRoute m in production is not there"),
    "no right": (lambda k: k.fail(ROUTE, 403), "grant the gate's role"),
    "a broken server": (lambda k: k.fail(ROUTE, 500), "answered 500"),
    "no json": (lambda k: k.web.pages.update({ROUTE: b"<html>"}), "not JSON"),
    "a redirect": (
        lambda k: k.web.pages.update({ROUTE: Answer(302, b"", {"Location": "/"})}),
        "answered 302",
    ),
    "too much": (lambda k: k.web.pages.update({ROUTE: b" " * ((8 << 20) + 1)}), "more than"),
    "no application": (lambda k: k.fail(APPLICATION, 404), "Application production-m is not there"),
    "an odd application": (lambda k: k.objects.update({APPLICATION: [1]}), "not an object"),
    "an odd moment": (lambda k: operation(k).update(finishedAt="yesterday"), "not a moment"),
    "a moment nowhere": (lambda k: operation(k).update(finishedAt="2026-11-21T13:15:07"), "its offset"),
    "no word since when": (
        lambda k: (k.at(ROUTE, "metadata").pop("managedFields"), operation(k).pop("finishedAt")),
        "since when",
    ),
}
SYNCED: dict[str, tuple[Break, str]] = {
    "out of sync": (
        lambda k: k.at(APPLICATION, "status", "sync").update(status="OutOfSync"),
        "OutOfSync, not Synced",
    ),
    "unknown": (
        lambda k: k.at(APPLICATION, "status", "sync").update(status="Unknown"),
        "Unknown, not Synced",
    ),
    "never compared": (lambda k: k.at(APPLICATION).pop("status"), "not compared yet"),
    "syncing": (lambda k: operation(k).update(phase="Running"), "being synced"),
    "about to sync": (lambda k: k.at(APPLICATION).update(operation={"sync": {}}), "being synced"),
    "failed": (lambda k: operation(k).update(phase="Failed", message="hook"), "ended Failed (hook)"),
    "going": (
        lambda k: k.at(APPLICATION, "metadata").update(deletionTimestamp="2026-11-21T13:15:07Z"),
        "being deleted",
    ),
}
READIED: dict[str, tuple[Break, str]] = {
    "too few": (lambda k: canary(k, "status").update(availableReplicas=0), "0 of 1 pods available"),
    "none": (lambda k: canary(k, "status").pop("availableReplicas"), "0 of 1 pods available"),
    "an old template": (lambda k: canary(k, "status").update(updatedReplicas=0), "0 up to date"),
    "a surge": (lambda k: canary(k, "status").update(replicas=2), "2 in all"),
    "not observed": (lambda k: canary(k, "status").update(observedGeneration=0), "generation 0 is observed"),
    "scaled to none": (lambda k: canary(k, "spec").update(replicas=0), "scaled to 0 pods"),
    "no replicas": (lambda k: canary(k, "spec").pop("replicas"), "scaled to None pods"),
    "no deployment": (lambda k: k.at(DEPLOYMENTS, "items").pop(1), "no Deployment runs version 2"),
    "another digest": (
        lambda k: canary(k, "metadata", "annotations").update({"sluicegate.dev/digest": V1.digest}),
        "no Deployment runs version 2",
    ),
    "another version": (
        lambda k: canary(k, "metadata", "labels").update({"sluicegate.dev/version": "3"}),
        "no Deployment runs version 2",
    ),
    "other pods": (
        lambda k: canary(k, "spec", "template", "metadata", "labels").update(
            {"sluicegate.dev/artifact": "x"}
        ),
        "no Deployment runs version 2",
    ),
    "an odd count": (lambda k: canary(k, "status").update(availableReplicas=-1), "not a whole number"),
    "odd labels": (lambda k: canary(k, "metadata").update(labels={"a": 1}), "not an object of strings"),
    "no list": (lambda k: k.objects.update({DEPLOYMENTS: {}}), "not a list"),
    "no right to list": (lambda k: k.fail(DEPLOYMENTS, 403), "grant the gate's role"),
    "being deleted": (
        lambda k: canary(k, "metadata").update(deletionTimestamp="2026-11-21T13:15:07Z"),
        "being deleted",
    ),
}
ALL = ROUTED | SYNCED | READIED
WHOLESALE = {"never compared", "no rules", "no such backend", "no status", "no condition"}
"""What removes more than one fact at once: done after another change, it would undo that one."""


def condition(kube: Kube, name: str) -> Any:
    found = kube.at(ROUTE, "status", "parents", 0, "conditions")
    return next(entry for entry in found if entry["type"] == name)


def backends(kube: Kube) -> Any:
    return kube.at(ROUTE, "spec", "rules", 1, "backendRefs")


def backend(kube: Kube, number: int) -> Any:
    return backends(kube)[number]


def operation(kube: Kube) -> Any:
    return kube.at(APPLICATION, "status", "operationState")


def annotate(kube: Kube, path: str, digest: str) -> None:
    kube.at(path, "metadata", "annotations")["sluicegate.dev/digest"] = digest


def canary(kube: Kube, *keys: str) -> Any:
    return kube.at(DEPLOYMENTS, "items", 1, *keys)


@pytest.mark.parametrize("name", ROUTED)
def test_a_split_that_is_not_surely_so_is_no_weight(kube: Kube, name: str):
    harm, message = ROUTED[name]
    harm(kube)
    seen = kube.read()
    assert seen.weight is None and any(message in text for text in seen.problems), seen
    if name != "no word since when":
        harmed = kube.read(COUNTING)
        assert harmed.weight is None and any(message in text for text in harmed.problems)


@pytest.mark.parametrize("name", SYNCED)
def test_before_counting_begins_argo_cd_has_to_have_synced_well(kube: Kube, name: str):
    harm, message = SYNCED[name]
    harm(kube)
    seen = kube.read()
    assert (seen.weight, seen.ready) == (None, False) and any(message in text for text in seen.problems), seen


@pytest.mark.parametrize("name", SYNCED)
def test_while_counting_a_sync_keeps_from_going_on_and_not_from_seeing_harm(kube: Kube, name: str):
    harm, message = SYNCED[name]
    harm(kube)
    seen = kube.read(COUNTING)
    assert (seen.weight, seen.ready) == (5, False) and any(message in text for text in seen.problems), seen


@pytest.mark.parametrize("name", READIED)
def test_a_canary_that_is_not_surely_ready_is_not(kube: Kube, name: str):
    harm, message = READIED[name]
    harm(kube)
    seen = kube.read()
    assert (seen.weight, seen.ready) == (5, False), seen
    assert any(text.startswith("canary: ") and message in text for text in seen.problems)


def test_a_stable_track_that_is_not_ready_is_said_and_keeps_nothing_back(kube: Kube):
    kube.at(DEPLOYMENTS, "items", 0, "status").update(availableReplicas=0)
    seen = kube.read()
    assert (seen.weight, seen.ready) == (5, True)
    assert seen.problems == (
        "stable: Deployment m-v1-11111111: 0 of 1 pods available, 1 up to date, 1 in all; see its pods",
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.sets(st.sampled_from(sorted(ALL)), min_size=1, max_size=4), counting=st.booleans())
def test_neither_is_reported_when_any_condition_is_missing(kube: Kube, names: set[str], counting: bool):
    kube.reset()
    done = set()
    for name in sorted(names, key=lambda name: (name not in WHOLESALE, name)):
        # What one change took away, the next need not find.
        with suppress(KeyError, IndexError, TypeError, AttributeError, StopIteration):
            ALL[name][0](kube)
            done.add(name)
    seen = kube.read(COUNTING if counting else RELEASE)
    if done & (set(ROUTED) - {"no word since when"}) or (not counting and done & (set(SYNCED) | set(ROUTED))):
        assert seen.weight is None
    if done & (set(SYNCED) | set(READIED)):
        assert not seen.ready
    assert seen.problems


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*at, key))


PLACES = [(path, *place) for path, value in RECORDED.items() for place in places(value)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=JSON)
def test_no_value_of_any_type_anywhere_raises(kube: Kube, place: tuple[str | int, ...], value: Any):
    kube.reset()
    kube.at(*place[:-1])[place[-1]] = value
    seen = kube.read()
    assert seen.weight in (None, 5) and isinstance(seen.ready, bool)


def test_an_api_server_that_is_down_or_hangs_is_no_data(kube: Kube):
    kube.web.pages[APPLICATION] = kube.web.hang
    begun = datetime.now(UTC)
    (problem,) = (
        Cluster("production", "production", "gateway-api", argocd=KubeApi(seconds=0.3)).read(RELEASE).problems
    )
    assert "did not answer" in problem and (datetime.now(UTC) - begun).total_seconds() < 5
    kube.kubeconfig.write_text(kube.kubeconfig.read_text().replace(kube.web.url, "http://127.0.0.1:1"))
    seen = kube.read()
    assert seen.weight is None and not seen.ready and "see that it is up" in seen.problems[0]


@pytest.mark.parametrize("text", ["", "[", "a: b", '{"current-context": "x"}'])
def test_a_kubeconfig_that_says_nothing_is_no_data(kube: Kube, text: str):
    kube.kubeconfig.write_text(text)
    seen = kube.read()
    assert seen.weight is None and "set KUBECONFIG" in seen.problems[0]


# --- a first release ---


def test_a_first_release_has_one_track(kube: Kube):
    first = replace(RELEASE, stable=None, weight=100)
    kube.fail(STABLE, 404)
    kube.at(ROUTE, "spec", "rules").pop(0)
    kube.at(ROUTE, "spec", "rules", 0)["backendRefs"] = [{"name": "m-canary", "weight": 100}]
    assert (kube.read(first).weight, kube.read(first).ready) == (100, True)
    backends = kube.at(ROUTE, "spec", "rules", 0, "backendRefs")
    backends[0]["weight"] = 0
    assert kube.read(first).weight == 0


def test_without_a_word_of_the_route_the_end_of_the_sync_counts(kube: Kube):
    del kube.at(ROUTE, "metadata")["managedFields"]
    assert kube.read().since == datetime(2026, 11, 21, 13, 15, 7, tzinfo=UTC)
    assert kube.read(COUNTING).since == datetime(2026, 11, 21, 13, 15, 7, tzinfo=UTC)


def test_a_sync_after_the_route_was_changed_counts_before_counting_begins(kube: Kube):
    operation(kube)["finishedAt"] = "2026-11-21T13:17:00Z"
    assert kube.read().since == datetime(2026, 11, 21, 13, 17, 0, tzinfo=UTC)
    assert kube.read(COUNTING).since == CHANGED
