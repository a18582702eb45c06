"""Parts of the cluster fail in mid-canary: stable answers all requests, the gate never goes on unseeing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness import apiserver, argocd, containerd, kube, kubelet, prometheus, story
from harness.load import Load, running
from harness.midway import FEW, MODEL, REGION, Midway
from harness.namespace import FIRST, SECOND
from harness.release import Subject
from harness.repository import Team
from harness.run import Run
from harness.wait import NotYet, until

Subjects = Callable[[str, str], Subject]


@pytest.fixture(scope="module")
def release(run: Run, first: None, subject: Subjects) -> Iterator[Midway]:
    """Version 2 of digits beside version 1, in the first region; taken back at the end."""
    found = Midway(subject(MODEL, REGION))
    yield found
    found.end()


@pytest.fixture
def canary(release: Midway) -> Iterator[Midway]:
    """The release at a step that has just begun, under few requests; and stable must not fail one of them."""
    it = release.it
    release.begin()
    before = it.failed_on_stable()
    with running(it.load(FEW)) as load:
        answered(load)
        yield release
        answered(load)
    assert it.failed_on_stable() == before, "a request failed on stable"
    assert not [answer for answer in load.answers if answer.status == 0], "a request got no answer at all"


def answered(load: Load, more: int = 20) -> None:
    """Wait for so many good answers more, of requests that are sent from now on."""
    since = time.time()
    until(f"{more} good answers more", lambda: load.statuses(since)[200] >= more, 60)


@contextmanager
def down(canary: Midway, said: str) -> Iterator[None]:
    """While a part is down: the gate says why it waits, commits nothing, and requests are answered."""
    before, weight = canary.decided(0.0), canary.weight
    with running(canary.it.load(FEW)) as load:
        answered(load)
        reason = canary.until_reason(said)
        assert reason.startswith(f"{REGION} at {weight} %: "), reason
        yield
        answered(load)
    assert load.statuses() == {200: len(load.answers)}
    assert canary.decided(0.0) == before
    assert canary.weight == weight


@pytest.mark.parametrize("how", ["deleted", "killed"])
def test_canary_pod_that_is_lost_comes_back_and_stable_is_unharmed(canary, run, figures, how):
    it, began, weight = canary.it, time.time(), canary.weight
    with running(it.load(20.0)) as load:
        until("the canary's pod to be back", lose(canary, run, how), 120)
        figures.add(f"canary's pod {how} to ready again", time.time() - began)
        answered(load)
    # What finds no server, traefik counts for no track: the canary's share may fail, and no more.
    failed = [answer for answer in load.answers if answer.status != 200]
    assert {answer.status for answer in failed} <= {502, 503, 504}
    assert len(failed) <= 2 * weight / 100 * len(load.answers) + 3, f"{len(failed)} of {len(load.answers)}"
    canary.until_looked()
    made = canary.decided(began)
    if any(kind == "rollback" for kind, *_ in made):
        verdict = story.decisions(run, MODEL, REGION, kind="rollback", since=began)[-1]
        judged = story.record(run, verdict)[1].decision.judgements
        assert any(each.harmful and each.bad_stable == 0 for each in judged), (
            "only what requests felt takes it back"
        )
        return
    assert {kind for kind, *_ in made} <= {"wait"}, made
    assert it.weights() == {"stable": 100 - weight, "canary": weight}
    canary.until_counting()


def lose(canary: Midway, run: Run, how: str) -> Callable[[], bool]:
    """End the canary's pod, or its process; what tells whether another one is ready."""
    it = canary.it
    labels = f"sluicegate.dev/model={MODEL},sluicegate.dev/version=2"
    (pod,) = it.kube.list("v1", "Pod", it.namespace, labels=labels)
    name = pod["metadata"]["name"]
    restarts = pod["status"]["containerStatuses"][0]["restartCount"]
    if how == "deleted":
        it.kube.delete("v1", "Pod", name, it.namespace, grace=0)
    else:
        (process,) = containerd.processes(run, name)
        run.call(["kill", "-9", str(process)], inside=False)

    def back() -> bool:
        new = [
            each["status"]["containerStatuses"][0]["ready"]
            for each in it.kube.list("v1", "Pod", it.namespace, labels=labels)
            if "containerStatuses" in each["status"]
            and (
                each["metadata"]["name"] != name
                or each["status"]["containerStatuses"][0]["restartCount"] > restarts
            )
        ]
        if new != [True]:
            raise NotYet(f"{it.pods()}; {canary.reason()}")
        return True

    return back


@pytest.fixture
def two(canary: Midway, run: Run, figures) -> Iterator[Midway]:
    """Two nodes and two pods of stable, one on each; all of it taken back."""
    it, began = canary.it, time.time()
    try:
        kubelet.second(run)
        figures.add("second node: start to Ready", time.time() - began)
        it.until_healthy(replicas(it, 2))
        nodes = {FIRST.name(run), SECOND.name(run)}
        until("a ready pod of stable on each node", lambda: spread(it) == nodes, 90)
        yield canary
    finally:
        commit = replicas(it, None)
        kubelet.remove(run, SECOND)
        it.until_healthy(commit)


def replicas(it: Subject, count: int | None) -> str:
    """Commit how many pods stable has, None for what its environment says; returns the commit."""
    place = f"environments/{it.environment}/{it.model}/values.yaml"

    def change(checkout: Path) -> None:
        if count is None:
            (checkout / place).unlink(missing_ok=True)
        else:
            (checkout / place).write_text(f"replicas: {count}\n")

    commit = Team(it.run).commit(f"{it.model}: the pods of stable in {it.environment}", change)
    it.refresh()
    return commit


def spread(it: Subject, version: int = 1) -> set[str]:
    """The nodes that the ready pods of a version run on."""
    labels = f"sluicegate.dev/model={MODEL},sluicegate.dev/version={version}"
    return {
        pod["spec"]["nodeName"]
        for pod in it.kube.list("v1", "Pod", it.namespace, labels=labels)
        if all(each["ready"] for each in pod["status"].get("containerStatuses", [{"ready": False}]))
        and "deletionTimestamp" not in pod["metadata"]
    }


def test_drained_node_costs_stable_no_request(two, run, figures):
    it, weight = two.it, two.weight
    before, began = it.failed_on_stable(), time.time()
    assert spread(it, 2) == {FIRST.name(run)}, "the canary is not what is drained"
    with running(it.load(30.0)) as load:  # as many as do not yet prove anything at the lowest step
        until("requests to pods of both nodes", lambda: len(load.answers) >= 120, 60)
        kubelet.drain(run, SECOND)
        figures.add("node drained", time.time() - began)
        answered(load, 200)
    assert load.statuses() == {200: len(load.answers)}
    assert spread(it) == {FIRST.name(run)}
    assert it.failed_on_stable() == before
    assert {kind for kind, *_ in two.decided(began)} <= {"wait"}
    assert it.weights() == {"stable": 100 - weight, "canary": weight}


def test_argocd_down_while_the_gate_commits(canary, run, figures):
    it, weight = canary.it, canary.weight
    argocd.stop(run)
    try:
        made = canary.advance()
        with down(canary, f"{weight} % is in effect, {made.after} % is committed"):
            assert it.weights() == {"stable": 100 - weight, "canary": weight}
            canary.until_looked()
    finally:
        began = time.time()
        argocd.start(run)
    it.until_weight(made.after)
    figures.add("Argo CD started again to the route at the commit", time.time() - began)
    canary.until_counting()


def test_prometheus_down_is_no_data(canary, run, figures):
    run.stop(prometheus.DAEMON)
    try:
        with down(canary, "the gateway gives no figures"):
            canary.until_looked()
    finally:
        began = time.time()
        prometheus.start(run)
    made = canary.advance()
    figures.add("Prometheus started again to the next step", time.time() - began)
    canary.it.until_weight(made.after)
    assert canary.it.weights() == {"stable": 100 - made.after, "canary": made.after}


def test_api_server_restarted(canary, run, figures):
    it, weight = canary.it, canary.weight
    run.stop(apiserver.NAME, grace=3)
    try:
        with down(canary, "which weight is in effect"):
            pass
    finally:
        began = time.time()
        run.restart(apiserver.NAME, ready=lambda: apiserver.ready(run))
    until(
        "the route to be read",
        lambda: it.weights() == {"stable": 100 - weight, "canary": weight},
        60,
        tolerate=kube.UNREACHABLE,
    )
    made = canary.advance()
    figures.add("API server started again to the next step", time.time() - began)
    it.until_weight(made.after)
    assert it.weights() == {"stable": 100 - made.after, "canary": made.after}
