"""The gate changes nothing in the cluster: its account may ask Argo CD to look at git, and that is all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from harness import argocd, bootstrap, kube
from harness.kube import Kube, Object, Refused
from harness.release import APPLICATIONS, ROUTES, Subject

MODEL, ENVIRONMENT = "digits", "dev"


@pytest.fixture(scope="module")
def it(run, first, subject: Callable[[str, str], Subject]) -> Subject:
    """A release of the gate's."""
    return subject(MODEL, ENVIRONMENT)


@pytest.fixture(scope="module")
def as_gate(run, gate) -> Kube:
    """A client in the name of the account that the gate's pod has."""
    deployment = kube.api(run).get("apps/v1", "Deployment", "gate", bootstrap.GATE)
    account = deployment["spec"]["template"]["spec"]["serviceAccountName"]
    return replace(kube.api(run), user=f"system:serviceaccount:{bootstrap.GATE}:{account}")


def change(client: Kube, it: Subject, body: Object) -> Object:
    """Patch the Application of a release."""
    name = f"{it.environment}-{it.model}"
    return client.patch(APPLICATIONS, "Application", name, body, argocd.NAMESPACE)


def test_it_may_ask_for_a_refresh(as_gate, it):
    annotation = {"argocd.argoproj.io/refresh": "normal"}
    changed = change(as_gate, it, {"metadata": {"annotations": annotation}})
    assert annotation.items() <= changed["metadata"]["annotations"].items()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"spec": {"source": {"targetRevision": "other"}}}, "changes no Application's spec"),
        ({"spec": {"syncPolicy": None}}, "changes no Application's spec"),
        ({"operation": {"sync": {"revision": "main"}}}, "starts no operation"),
        ({"metadata": {"labels": {"a": "b"}}}, "changes no labels"),
        ({"metadata": {"finalizers": ["a.b/c"]}}, "changes no labels, finalizers"),
        ({"metadata": {"annotations": {"a": "b"}}}, "sets no annotation but"),
        ({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "other"}}}, "sets no annotation but"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_it_may_change_nothing_else_of_an_application(as_gate, it, body, said):
    before = it.application()["spec"]
    with pytest.raises(Refused, match=f"the gate .*{said}"):
        change(as_gate, it, body)
    assert it.application()["spec"] == before


def forbidden(as_gate: Kube, it: Subject) -> dict[str, Callable[[], object]]:
    """What a gate that was taken over might try."""
    route = {"spec": {"hostnames": ["other.local"]}}
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": it.namespace}}
    application = f"{it.environment}-{it.model}"
    return {
        "a route": lambda: as_gate.patch(ROUTES, "HTTPRoute", it.model, route, it.namespace),
        "a new object": lambda: as_gate.apply(new),
        "an Application deleted": lambda: as_gate.delete(
            APPLICATIONS, "Application", application, argocd.NAMESPACE
        ),
        "a Secret read": lambda: as_gate.get("v1", "Secret", bootstrap.SECRET, bootstrap.GATE),
        "pods of other namespaces": lambda: as_gate.list("v1", "Pod", "kube-system"),
    }


@pytest.mark.parametrize(
    "what", ["a route", "a new object", "an Application deleted", "a Secret read", "pods of other namespaces"]
)
def test_it_has_no_right_to_anything_else(as_gate, it, what):
    with pytest.raises(Refused, match="forbidden") as refused:
        forbidden(as_gate, it)[what]()
    assert refused.value.status == 403
    assert it.application() is not None
