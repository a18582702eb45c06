"""What a preview may not have: a namespace that others share, and secrets, which its own has not."""

import pytest

TRIGGER = {"type": "prometheus", "metadata": {"query": "up"}}
PREVIEW = {"preview": {"enabled": True}, "route": {"domain": "models.local"}}


@pytest.mark.parametrize("namespace", ["default", "kube-system", "argocd", "models-production", "preview"])
def test_a_preview_owns_no_shared_namespace(chart, namespace):
    said = chart.refusal(chart.values(**PREVIEW), namespace=namespace)
    assert f"- preview.enabled: the namespace {namespace} " in said and "; release it into one" in said
    assert chart.render(chart.values(**PREVIEW), namespace="preview-7")


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("artifacts.tokenSecret.name", {"artifacts": {"tokenSecret": {"name": "forge"}}}),
        (
            "artifacts.oci.tokenSecret.name",
            {"artifacts": {"oci": {"repository": "localhost/a", "tokenSecret": {"name": "registry"}}}},
        ),
        ("imagePullSecrets", {"imagePullSecrets": [{"name": "registry"}]}),
        (
            "extraEnv",
            {"extraEnv": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "forge", "key": "token"}}}]},
        ),
        *[
            (
                "autoscaling.keda.triggers",
                {
                    "autoscaling": {
                        "kind": "keda",
                        "keda": {"triggers": [{**TRIGGER, "authenticationRef": {"name": "forge", **kind}}]},
                    }
                },
            )
            for kind in ({}, {"kind": "TriggerAuthentication"})
        ],
        ("serviceAccountName", {"serviceAccountName": "own"}),
    ],
)
def test_a_preview_has_no_secret(chart, path, values):
    """Its namespace is new: a pod that wants one would wait for ever."""
    assert chart.render(chart.values(**values))
    said = chart.refusal(chart.values(**values, **PREVIEW), namespace="preview-7")
    assert f"- {path}: " in said and "; clear it in environments/previews/values.yaml" in said


def test_a_preview_has_what_needs_no_secret(chart):
    """What stands in a new namespace, or in none."""
    trigger = {**TRIGGER, "authenticationRef": {"name": "a", "kind": "ClusterTriggerAuthentication"}}
    values = chart.values(
        **PREVIEW,
        serviceAccountName="default",
        extraEnv=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        autoscaling={"kind": "keda", "keda": {"triggers": [trigger]}},
    )
    assert chart.render(values, namespace="preview-7")
