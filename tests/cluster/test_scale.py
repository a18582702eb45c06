"""Three hundred models by hollow nodes: Argo CD makes, syncs and steers them all on a few cores."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from harness import argocd, bootstrap, cluster, kube, kwok, scale
from harness.release import Subject
from harness.run import Run
from harness.wait import NotYet, until

MODELS = 300
SECONDS = 1200
"""Until all are synced and ready; about a quarter of it where nothing else runs on the machine."""
pytestmark = pytest.mark.timeout(2 * SECONDS + 900)


@dataclass
class Progress:
    """A line on the terminal every quarter of a minute, past pytest's capture."""

    say: Callable[[str], None]
    every: float = 15.0
    began: float = field(default_factory=time.monotonic)
    last: float = 0.0

    def note(self, text: str) -> None:
        """Say it, unless something was said just now."""
        now = time.monotonic()
        if now - self.last >= self.every:
            self.last = now
            self.say(f"  {now - self.began:5.0f} s  {text}")


@pytest.fixture
def progress(capfd: pytest.CaptureFixture[str]) -> Progress:
    """What is seen of a long wait."""

    def say(text: str) -> None:
        with capfd.disabled():
            print(text, file=sys.stderr, flush=True)

    return Progress(say)


@pytest.fixture(scope="module")
def many(run: Run, outlives: bool) -> Iterator[float]:
    """Hollow nodes, an Argo CD that is set for many, and the commit of all models; when it was pushed."""
    kwok.start(run, nodes=2, pods=250)
    with ExitStack() as back:
        # Put back only where somebody will look at the cluster again: it takes minutes.
        if outlives:
            for step in (kwok.stop, scale.unsettle, bootstrap.start, scale.remove):
                back.callback(step, run)
        scale.settle(run)
        scale.commit(run, MODELS)
        began = time.time()
        bootstrap.start(run)
        yield began


def test_all_are_synced_and_their_pods_ready(run, many, figures, progress):
    client = kube.api(run)

    def synced() -> bool:
        found = client.list(scale.APPLICATIONS, "Application", argocd.NAMESPACE, labels=scale.LABEL)
        states = Counter(state(each) for each in found)
        progress.note(f"{len(found)} Applications: {dict(states)}")
        if states["Synced Healthy"] != MODELS:
            raise NotYet(f"{len(found)} Applications: {dict(states)}; {faults(found)}")
        return True

    until(f"{MODELS} Applications to be synced and healthy", synced, SECONDS, every=3)
    figures.add(f"{MODELS} models: commit to all synced and healthy", time.time() - many)
    pods = client.list("v1", "Pod", scale.NAMESPACE)
    assert len(pods) == MODELS + 1, "one of them has a canary"
    assert {each["spec"]["nodeName"] for each in pods} == {f"{kwok.PREFIX}0", f"{kwok.PREFIX}1"}
    assert all(ready(each) for each in pods)
    routes = client.list("gateway.networking.k8s.io/v1", "HTTPRoute", scale.NAMESPACE)
    assert len(routes) == MODELS
    used = cluster.memory(run)
    of_argo = sum(size for name, size in used.items() if name.startswith("argocd-"))
    figures.add(f"{MODELS} models: memory of Argo CD", of_argo / 2**30, "GiB")
    figures.add(f"{MODELS} models: memory of the whole", sum(used.values()) / 2**30, "GiB")


def test_a_weight_among_them_reaches_its_route(run, many, figures):
    it = Subject(run, scale.name(0), scale.ENVIRONMENT)
    it.until_weight(0, SECONDS)
    for weight in (5, 25):
        scale.steer(run, it.model, weight)
        began = time.time()
        it.refresh()
        it.until_weight(weight, 300)
        assert it.weights() == {"stable": 100 - weight, "canary": weight}
        figures.add(f"{MODELS} models: commit to route by refresh, weight {weight}", time.time() - began)


def test_hollow_nodes_draw_no_pod_of_others(run, many):
    """And kwok leaves the real node alone."""
    pods = kube.api(run).list("v1", "Pod")
    strange = [
        each["metadata"]["name"]
        for each in pods
        if each["metadata"]["namespace"] != scale.NAMESPACE
        and each["spec"].get("nodeName", "").startswith(kwok.PREFIX)
    ]
    assert strange == []
    nodes = {each["metadata"]["name"]: each for each in kube.api(run).list("v1", "Node")}
    real = [node for name, node in nodes.items() if not name.startswith(kwok.PREFIX)]
    assert [node["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.") for node in real] == [True]


def state(application: kube.Object) -> str:
    """Sync and health, in two words."""
    status = application.get("status", {})
    return " ".join(status.get(key, {}).get("status", "-") for key in ("sync", "health"))


def faults(applications: list[kube.Object]) -> list[str]:
    """The first messages of those that are not well."""
    return [
        f"{each['metadata']['name']}: {condition['message'][:300]}"
        for each in applications
        for condition in each.get("status", {}).get("conditions", ())
    ][:3]


def ready(pod: kube.Object) -> bool:
    """Whether it says that it is ready."""
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
