"""A release reaches requests: the first one, and a weight in git that route and traffic follow."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from harness import argocd
from harness.lab import until_served
from harness.load import Load, running
from harness.release import Subject
from harness.repository import Team
from harness.run import Run
from harness.wait import NotYet, until

pytestmark = pytest.mark.core
Subjects = Callable[[str, str], Subject]
RATE = 100.0
"""Requests a second."""


@pytest.fixture(scope="module")
def first(run: Run, subject: Subjects, figures) -> tuple[Subject, str]:
    """flight-delay version 1, all traffic of lab; and the revision that brought it."""
    it = subject("flight-delay", "lab")
    revision = Team(run).revision("flight-delay", 1)
    it.commit(it.version(1, revision))
    began = time.time()
    until_served(it, "1")
    figures.add("first release: commit to first answer (by polling)", time.time() - began)
    return it, revision


def test_first_release_is_synced_and_answers(first, figures):
    it, _ = first
    it.until_healthy()
    assert it.weights() == {"stable": 100}
    with running(it.load(RATE)) as load:
        until("300 requests", lambda: len(load.answers) >= 300, 30)
    assert load.statuses() == {200: len(load.answers)}
    assert set(load.versions()) == {"1"}


def test_helm_test_finds_the_track_ready(first, tmp_path):
    """The pod that `helm test` runs. This cluster has no DNS: the Services' names stand in its hosts."""
    it, _ = first
    (pod,) = (body for body in it.rendered(tmp_path) if body["metadata"]["name"] == f"{it.model}-test")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    services = it.kube.list("v1", "Service", it.namespace, labels=f"sluicegate.dev/model={it.model}")
    pod["spec"]["hostAliases"] = [
        {"ip": each["spec"]["clusterIP"], "hostnames": [each["metadata"]["name"]]} for each in services
    ]
    it.kube.apply(pod)

    def done() -> bool:
        now = it.kube.get("v1", "Pod", pod["metadata"]["name"], it.namespace)
        if now["status"].get("phase") != "Succeeded":
            raise NotYet(f"{now['status']}")
        return True

    try:
        until("the pod of helm test to succeed", done, 90)
        log = it.kube.logs(pod["metadata"]["name"], it.namespace)
        assert f"http://{it.model}-stable:8080/v2/models/{it.model}/ready 200" in log
    finally:
        it.kube.delete("v1", "Pod", pod["metadata"]["name"], it.namespace, grace=0)


@pytest.fixture(scope="module")
def canary(first, run) -> tuple[Subject, Callable[[int], str]]:
    """Version 2 beside it, dark and ready; and what commits a weight for it."""
    it, revision = first
    brought = Team(run).revision("flight-delay", 2)
    stable, new = it.version(1, revision), it.version(2, brought)
    commit = it.commit(stable, new, 0)
    it.refresh()
    it.until_healthy(commit)
    return it, lambda weight: it.commit(stable, new, weight)


@pytest.mark.parametrize(("weight", "requests"), [(5, 400), (25, 400), (100, 300), (0, 300)])
def test_route_and_traffic_follow_the_weight_in_git(canary, figures, weight, requests):
    it, commit = canary
    with running(it.load(RATE)) as load:
        until("requests before the commit", lambda: len(load.answers) >= 20, 30)
        commit(weight)
        began = time.time()
        it.refresh()
        it.until_weight(weight)
        figures.add(f"commit to route by refresh, weight {weight}", time.time() - began)
        at = time.time()
        changed = until_shared(load, weight, at)
        figures.add(f"commit to observed share, weight {weight}", changed - began)
        count = len(load.answers)
        until(f"{requests} requests at weight {weight}", lambda: len(load.answers) >= count + requests, 60)
    settled = load.answers[count : count + requests]
    share = sum(answer.version == "2" for answer in settled) / requests
    assert share == pytest.approx(weight / 100, abs=0.01)
    assert load.statuses() == {200: len(load.answers)}, "no request fails while the weight moves"


def until_shared(load: Load, weight: int, since: float) -> float:
    """Wait until the last 100 requests are shared as the weight says; when the first of them was sent."""

    def shared() -> float | None:
        last = [answer for answer in load.answers if answer.sent >= since][-100:]
        seen = sum(answer.version == "2" for answer in last)
        if len(last) < 100 or abs(seen - weight) > 2:
            raise NotYet(f"{seen} of {len(last)} requests were answered by version 2")
        return last[0].sent

    return until(f"requests to be shared at weight {weight}", shared, 30)


def test_weight_follows_by_polling_alone(canary, figures):
    it, commit = canary
    commit(10)
    began = time.time()
    it.until_weight(10)
    figures.add("commit to route by polling", time.time() - began)
    assert it.weights() == {"stable": 90, "canary": 10}


def test_weight_follows_a_webhook(canary, run, figures):
    it, commit = canary
    with argocd.webhooks(run):
        commit(20)
        began = time.time()
        it.until_weight(20)
    assert it.weights() == {"stable": 80, "canary": 20}
    figures.add("commit to route by webhook", time.time() - began)


def test_manual_edit_of_the_weight_is_healed(canary, figures):
    it, commit = canary
    revision = commit(30)
    it.refresh()
    it.until_healthy(revision)
    it.until_weight(30)
    edit = [{"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 77}]
    it.kube.patch("gateway.networking.k8s.io/v1", "HTTPRoute", it.model, edit, it.namespace, how="json")
    began = time.time()
    it.until_weight(30)
    assert it.weights() == {"stable": 70, "canary": 30}
    figures.add("manual edit of the weight healed", time.time() - began)
