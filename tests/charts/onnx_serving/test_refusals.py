"""Values that the templates refuse: the message has the path of the value, and what to do."""

import pytest

SHARED = "nvidia.com/gpu.shared"
RULE = {"header": "x-country", "match": "exact", "value": "DE", "track": "stable"}
TRIGGER = {"type": "prometheus", "metadata": {"query": "up"}}
VOLUME = {"enabled": True, "repository": "localhost/a", "digests": {}}

TEMPLATE = [
    ({"metadata": {"model": ""}}, "metadata.model", "give the release.yaml"),
    ({"metadata": {"environment": ""}}, "metadata.environment", "give the release.yaml"),
    ({"tracks": {"canary": {"weight": 30}}}, "tracks.stable.weight", "take release.yaml back"),
    ({"tracks": {"canary": None}}, "tracks.stable.weight", "add up to 75"),
    ({"tracks": {"stable": None}}, "tracks.canary.weight", "take release.yaml back"),
    (
        {"tracks": {"canary": {"version": 1, "digest": "sha256:" + "1" * 63 + "2"}}},
        "tracks.canary.digest",
        "another",
    ),
    ({"images": {"ort": {"digest": ""}}}, "images.ort.digest", 'give "sha256:<64 hex digits>"'),
    ({"images": {"ort": {"repository": ""}}}, "images.ort.repository", "name the image's repository"),
    (
        {"images": {"fetch": {"repository": "localhost/f"}}},
        "images.fetch.digest",
        "fetching artifacts needs it",
    ),
    ({"artifacts": {"url": ""}}, "artifacts.url", "give the address"),
    (
        {"artifacts": {"oci": {"tokenSecret": {"name": "registry"}}}},
        "artifacts.oci.tokenSecret.name",
        "give the repository, or clear it",
    ),
    ({"artifacts": {"imageVolume": VOLUME}}, "artifacts.imageVolume.enabled", "needs Kubernetes 1.35"),
    ({"artifacts": {"imageVolume": VOLUME}}, "artifacts.imageVolume.digests", "add that key"),
    (
        {"artifacts": {"imageVolume": {**VOLUME, "repository": ""}}},
        "artifacts.imageVolume.repository",
        "name",
    ),
    (
        {"artifacts": {"imageVolume": VOLUME, "cache": {"hostPath": "/srv/a"}}},
        "artifacts.cache.hostPath",
        "one of the two",
    ),
    ({"engine": "kserve", "traffic": "istio"}, "traffic", "go together"),
    ({"traffic": "kserve"}, "traffic", "go together"),
    ({"route": {"segments": [RULE] * 16}}, "route.segments", "room for 15"),
    ({"route": {"segments": [RULE, {**RULE, "track": "canary"}]}}, "route.segments", "keep one"),
    (
        {
            "route": {
                "headers": [{"name": "A", "value": "b", "track": track} for track in ("stable", "canary")]
            }
        },
        "route.headers",
        "keep one",
    ),
    (
        {"route": {"hostnames": ["a.b"], "grpc": {"hostnames": ["a.b"]}}},
        "route.grpc.hostnames",
        "give gRPC its own",
    ),
    ({"route": {"grpc": {"hostnames": ["a.b"]}}}, "route.grpc.hostnames", "set engine: triton"),
    (
        {"engine": "kserve", "traffic": "kserve", "route": {"grpc": {"hostnames": ["a.b"]}}},
        "route.grpc.hostnames",
        "clear them",
    ),
    (
        {"engine": "kserve", "traffic": "kserve", "route": {"segments": [RULE]}},
        "route.headers",
        "leave route.headers and route.segments empty",
    ),
    (
        {"engine": "kserve", "traffic": "kserve", "monitoring": {"serviceMonitor": {"enabled": True}}},
        "monitoring.serviceMonitor.enabled",
        "set it to false",
    ),
    (
        {"traffic": "istio", "monitoring": {"prometheusRule": {"enabled": True}}},
        "monitoring.prometheusRule.gateway",
        "set monitoring.prometheusRule.gateway: istio, or none",
    ),
    *[
        (
            {
                "engine": "kserve",
                "traffic": "kserve",
                "monitoring": {"prometheusRule": {"enabled": True, "gateway": gateway}},
            },
            "monitoring.prometheusRule.gateway",
            "set monitoring.prometheusRule.gateway: none",
        )
        for gateway in ("traefik", "istio")
    ],
    (
        {"engine": "kserve", "traffic": "kserve", "autoscaling": {"kind": "hpa"}},
        "autoscaling.kind",
        "set autoscaling.kind: none",
    ),
    (
        {"autoscaling": {"kind": "hpa", "keda": {"triggers": [TRIGGER]}}},
        "autoscaling.keda.triggers",
        "one scaler a track: set autoscaling.kind: keda",
    ),
    (
        {
            "autoscaling": {
                "kind": "keda",
                "keda": {"triggers": [TRIGGER]},
                "hpa": {"metrics": [{"type": "Pods"}]},
            }
        },
        "autoscaling.hpa.metrics",
        "one scaler a track: set autoscaling.kind: hpa",
    ),
    ({"autoscaling": {"kind": "keda"}}, "autoscaling.keda.triggers", "give at least one"),
    ({"autoscaling": {"kind": "hpa", "minReplicas": 0}}, "autoscaling.minReplicas", "give 1 or more"),
    ({"autoscaling": {"kind": "hpa", "maxReplicas": 1}}, "autoscaling.maxReplicas", "raise it"),
    (
        {"gpu": {"kind": "mig", "migProfile": "1g.10gb", "sharedResource": SHARED}},
        "gpu.sharedResource",
        "clear gpu.sharedResource, or set gpu.kind: time-slicing or mps",
    ),
    (
        {"gpu": {"kind": "mps", "migProfile": "1g.10gb", "sharedResource": SHARED}},
        "gpu.migProfile",
        "clear gpu.migProfile",
    ),
    (
        {"gpu": {"kind": "whole", "dra": {"deviceClassName": "gpu.example.com"}}},
        "gpu.dra.deviceClassName",
        "set gpu.kind: dra",
    ),
    *[
        ({"gpu": {"kind": kind, "dra": {"selectors": ["true"]}}}, "gpu.dra.selectors", "or set gpu.kind: dra")
        for kind in ("none", "whole")
    ],
    (
        {"engine": "triton", "triton": {"instanceKind": "gpu"}},
        "triton.instanceKind",
        "set gpu.kind, or triton.instanceKind: auto",
    ),
    *[
        (
            {
                "engine": engine,
                "traffic": traffic,
                "triton": {"instanceKind": "cpu"},
                "gpu": {"kind": "whole"},
            },
            "triton.instanceKind",
            "set triton.instanceKind: auto, or gpu.kind: none",
        )
        for engine, traffic in (("triton", "gateway-api"), ("kserve", "kserve"))
    ],
    (
        {
            "extraEnv": [
                {"name": "A", "value": "b", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
            ]
        },
        "extraEnv",
        "A has value and valueFrom; keep one of them",
    ),
    (
        {"extraEnv": [{"name": "A", "value": "b"}, {"name": "A", "value": "c"}]},
        "extraEnv",
        "A is given more than once; keep one of them",
    ),
    ({"gpu": {"kind": "mig"}}, "gpu.migProfile", "gpu.kind mig needs it"),
    ({"gpu": {"kind": "time-slicing"}}, "gpu.sharedResource", "needs it"),
    ({"gpu": {"kind": "dra"}}, "gpu.dra.deviceClassName", "needs it"),
    ({"gpu": {"kind": "mps", "sharedResource": SHARED, "count": 2}}, "gpu.count", "give 1"),
    ({"gpu": {"count": 2}}, "gpu.count", "set gpu.kind, or gpu.count: 1"),
    ({"gpu": {"memLimitBytes": 1}}, "gpu.memLimitBytes", "set gpu.kind, or clear it"),
    (
        {"gpu": {"arenaExtendStrategy": "same-as-requested"}},
        "gpu.arenaExtendStrategy",
        "set gpu.kind, or clear it",
    ),
    ({"preview": {"enabled": True}}, "route.domain", "give the domain in environments/previews/values.yaml"),
    ({"resources": {"limits": {"nvidia.com/gpu": 1}}}, "resources.limits", "ask for it by gpu.kind"),
    ({"strategy": {"maxSurge": 0}}, "strategy.maxSurge", "strategy.kind: Recreate"),
    ({"strategy": {"maxSurge": "0%"}}, "strategy.maxSurge", "strategy.kind: Recreate"),
    ({"termination": {"graceSeconds": 30}}, "termination.graceSeconds", "= 35 or more"),
    ({"spot": {"enabled": True}}, "spot.taint.key", "give the taint"),
]


@pytest.mark.parametrize(("values", "path", "remedy"), TEMPLATE, ids=lambda part: str(part)[:60])
def test_by_template(chart, values, path, remedy):
    lines = chart.refusal(chart.values(**values)).splitlines()
    found = [line for line in lines if line.startswith(f"- {path}: ") and remedy in line]
    assert found and all("; " in line for line in found), "what is wrong, then the remedy"


def test_all_findings_are_said_at_once(chart):
    said = chart.refusal(chart.values(artifacts={"url": ""}, strategy={"maxSurge": 0}))
    assert "- artifacts.url: " in said and "- strategy.maxSurge: " in said


def test_dra_needs_its_kubernetes(chart):
    values = chart.values(gpu={"kind": "dra", "dra": {"deviceClassName": "gpu.example.com"}})
    said = chart.refusal(values, kube="1.33.4")
    assert "- gpu.kind: dra needs Kubernetes 1.34 (resource.k8s.io/v1) and this is v1.33.4; use whole" in said


def test_an_old_kubernetes(chart):
    assert "incompatible with Kubernetes v1.29.0" in chart.refusal(chart.values(), kube="1.29.0")


def test_two_scalers_are_never_rendered(chart):
    """Whatever passes: one scaler for each Deployment, and no replicas beside it."""
    for kind, more in (("hpa", {}), ("keda", {"keda": {"triggers": [TRIGGER]}})):
        rendered = chart.render(chart.values(autoscaling={"kind": kind, **more}))
        scalers = rendered.of("HorizontalPodAutoscaler") + rendered.of("ScaledObject")
        targets = [found["spec"]["scaleTargetRef"]["name"] for found in scalers]
        assert sorted(targets) == sorted(found["metadata"]["name"] for found in rendered.of("Deployment"))
        assert not any("replicas" in found["spec"] for found in rendered.of("Deployment"))
