"""How many pods, of what size, on which devices."""

from math import ceil

import pytest

TRIGGER = {"type": "prometheus", "metadata": {"query": 'q{model="{model}",track="{track}",in="{namespace}"}'}}
STABLE, CANARY = "Deployment/flight-delay-v1-11111111", "Deployment/flight-delay-v2-22222222"


@pytest.mark.parametrize(
    ("replicas", "weight"), [(1, 1), (2, 50), (2, 51), (7, 25), (10, 0), (10, 1), (10, 100)]
)
def test_replicas_without_a_scaler(chart, replicas, weight):
    rendered = chart.render(chart.values(weight=weight, replicas=replicas))
    assert rendered[STABLE]["spec"]["replicas"] == replicas
    assert rendered[CANARY]["spec"]["replicas"] == max(1, ceil(replicas * weight / 100))


def test_hpa(chart):
    metric = {
        "type": "Pods",
        "pods": {"metric": {"name": "m_{track}"}, "target": {"type": "AverageValue", "averageValue": "4"}},
    }
    scaling = {"kind": "hpa", "minReplicas": 3, "maxReplicas": 10, "hpa": {"metrics": [metric]}}
    rendered = chart.render(chart.values(weight=25, autoscaling=scaling))
    for track, name, bounds in (("stable", STABLE, (3, 10)), ("canary", CANARY, (3, 3))):
        spec = rendered[f"HorizontalPodAutoscaler/{name.partition('/')[2]}"]["spec"]
        assert (spec["minReplicas"], spec["maxReplicas"]) == bounds
        assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 600
        assert spec["metrics"][0]["pods"]["metric"]["name"] == f"m_{track}"
    assert chart.judged(rendered) == []


def test_keda_scales_stable_alone_to_zero(chart):
    scaling = {"kind": "keda", "minReplicas": 0, "maxReplicas": 8, "keda": {"triggers": [TRIGGER]}}
    rendered = chart.render(chart.values(weight=50, autoscaling=scaling))
    for track, name, bounds in (("stable", STABLE, (0, 8, 2)), ("canary", CANARY, (1, 4, 2))):
        spec = rendered[f"ScaledObject/{name.partition('/')[2]}"]["spec"]
        assert (spec["minReplicaCount"], spec["maxReplicaCount"], spec["fallback"]["replicas"]) == bounds
        behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 600
        query = spec["triggers"][0]["metadata"]["query"]
        assert query == f'q{{model="flight-delay",track="{track}",in="models-production"}}'


@pytest.mark.parametrize("kind", ["hpa", "keda"])
@pytest.mark.parametrize(
    ("weight", "bounds"), [(0, (1, 1)), (1, (3, 3)), (25, (3, 3)), (50, (3, 5)), (100, (3, 10))]
)
def test_a_canary_has_the_pods_of_its_next_weight_before_the_route_moves(chart, kind, weight, bounds):
    """A route waits for no pod that a scaler adds: stable's fewest are there from a weight above 0 on."""
    scaling = {"kind": kind, "minReplicas": 3, "maxReplicas": 10}
    scaling |= {"keda": {"triggers": [TRIGGER]}} if kind == "keda" else {}
    rendered = chart.render(chart.values(weight=weight, autoscaling=scaling))
    (spec,) = [
        one["spec"]
        for one in (*rendered.of("HorizontalPodAutoscaler"), *rendered.of("ScaledObject"))
        if one["spec"]["scaleTargetRef"]["name"] == CANARY.partition("/")[2]
    ]
    least, most = ("minReplicas", "maxReplicas") if kind == "hpa" else ("minReplicaCount", "maxReplicaCount")
    assert (spec[least], spec[most]) == bounds
    if kind == "keda":
        assert spec["fallback"]["replicas"] == min(2, bounds[1])


def test_a_name_that_keda_cannot_make_a_label_of(chart):
    scaling = {"kind": "keda", "keda": {"triggers": [TRIGGER]}}
    for version, refused in ((9999, False), (10000, True)):
        values = chart.values(autoscaling=scaling, metadata={"model": "m" * 48})
        values["tracks"]["canary"]["version"] = version
        if refused:
            said = chart.refusal(values)
            assert "- autoscaling.kind: keda makes a label of the name mmm" in said
            assert "; shorten metadata.model" in said
        else:
            assert chart.render(values).of("ScaledObject")


def test_the_recommender_changes_nothing(chart):
    rendered = chart.render(chart.values(autoscaling={"vpaHint": True}))
    assert [found["spec"]["updatePolicy"] for found in rendered.of("VerticalPodAutoscaler")] == [
        {"updateMode": "Off"}, {"updateMode": "Off"},
    ]  # fmt: skip


def server(rendered):
    return rendered[STABLE]["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("gpu", "resource", "count"),
    [
        ({"kind": "whole", "count": 2}, "nvidia.com/gpu", 2),
        ({"kind": "whole", "resource": "amd.com/gpu"}, "amd.com/gpu", 1),
        ({"kind": "mig", "migProfile": "1g.10gb"}, "nvidia.com/mig-1g.10gb", 1),
        ({"kind": "time-slicing", "sharedResource": "nvidia.com/gpu.shared"}, "nvidia.com/gpu.shared", 1),
        ({"kind": "mps", "sharedResource": "nvidia.com/gpu"}, "nvidia.com/gpu", 1),
    ],
)
def test_gpus_of_the_device_plugin(chart, gpu, resource, count):
    rendered = chart.render(chart.values("triton", gpu=gpu))
    limits = server(rendered)["resources"]["limits"]
    assert limits == {"memory": "1Gi", resource: count}
    spec = rendered[STABLE]["spec"]["template"]["spec"]
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    fetch = spec["initContainers"][0]["resources"]
    assert not any("/" in name for kind in fetch.values() for name in kind)


def test_dra(chart):
    dra = {"deviceClassName": "gpu.example.com", "selectors": ["device.driver == 'x'"]}
    rendered = chart.render(chart.values("triton", gpu={"kind": "dra", "count": 2, "dra": dra}))
    (template,) = rendered.of("ResourceClaimTemplate")
    (request,) = template["spec"]["spec"]["devices"]["requests"]
    assert request["exactly"]["count"] == 2
    assert request["exactly"]["deviceClassName"] == "gpu.example.com"
    spec = rendered[STABLE]["spec"]["template"]["spec"]
    claim = {"name": "gpu", "resourceClaimTemplateName": template["metadata"]["name"]}
    assert spec["resourceClaims"] == [claim]
    assert server(rendered)["resources"]["claims"] == [{"name": "gpu"}]
    assert "limits" in server(rendered)["resources"]
    # Its spec cannot be changed: what differs has another name.
    other = chart.render(chart.values("triton", gpu={"kind": "dra", "count": 1, "dra": dra}))
    assert other.of("ResourceClaimTemplate")[0]["metadata"]["name"] != template["metadata"]["name"]


def test_both_tracks_are_equal(chart):
    """Or their latencies do not compare: all of a pod but its artifact."""
    rendered = chart.render(chart.values("triton", gpu={"kind": "whole"}))
    one, other = (rendered[name]["spec"]["template"]["spec"] for name in (STABLE, CANARY))
    assert one["containers"] == other["containers"]
    assert one["volumes"] == other["volumes"]


def test_strategy(chart):
    def strategy(**values):
        return chart.render(chart.values(strategy=values))[STABLE]["spec"]["strategy"]

    assert strategy() == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert strategy(kind="Recreate") == {"type": "Recreate"}
    few = {"maxSurge": 0, "maxUnavailable": "25%"}
    assert strategy(**few) == {"type": "RollingUpdate", "rollingUpdate": few}


def test_spot_keeps_what_else_was_asked(chart):
    required = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}
    rendered = chart.render(
        chart.values(
            affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
            tolerations=[{"key": "mine", "operator": "Exists"}],
            spot={"enabled": True, "taint": {"key": "s", "value": "1"}, "label": {"key": "l", "value": "v"}},
        )
    )
    spec = rendered[STABLE]["spec"]["template"]["spec"]
    assert [one["key"] for one in spec["tolerations"]] == ["mine", "s"]
    node = spec["affinity"]["nodeAffinity"]
    assert node["requiredDuringSchedulingIgnoredDuringExecution"] == required
    assert len(node["preferredDuringSchedulingIgnoredDuringExecution"]) == 1
    assert chart.judged(rendered) == []
