"""Values that are refused: the message has the value's path, and what to do."""

import pytest

SHARED = "nvidia.com/gpu.shared"
RULE = {"header": "x-country", "match": "exact", "value": "DE", "track": "stable"}
TRIGGER = {"type": "prometheus", "metadata": {"query": "up"}}
DIGEST = "sha256:" + "a" * 64
HUGE = 9223372036854775807
VOLUME = {"enabled": True, "repository": "localhost/a", "digests": {}}

SCHEMA = [
    # values, path, remedy: what may stand there
    ({"images": {"ort": {"tag": "v1"}}}, "/images/ort/tag", "remove this key and give digest"),
    *[
        (
            {"images": {name: {"repository": repository}}},
            f"/images/{name}/repository",
            'no tag, which can move: give the repository alone here, and digest "sha256:<64 hex digits>"',
        )
        for name in ("ort", "triton", "fetch")
        for repository in (
            "localhost/a:v1",
            "a:1.0",
            "r:5000/a:v1",
            f"localhost/a@{DIGEST}",
            f"a:v1@{DIGEST}",
        )
    ],
    *[
        (
            {"images": {name: {"digest": digest}}},
            f"/images/{name}/digest",
            'no tag, which can move, and no part of a digest: give "sha256:<64 hex digits>"',
        )
        for name in ("ort", "triton", "fetch")
        for digest in ("v1", "latest", "sha256:12", DIGEST.upper())
    ],
    (
        {"artifacts": {"oci": {"repository": "r.internal:5000/a:v1"}}},
        "/artifacts/oci/repository",
        "give REGISTRY/REPOSITORY alone, the digest is that of release.yaml",
    ),
    (
        {"artifacts": {"imageVolume": {**VOLUME, "repository": "localhost/a:v1"}}},
        "/artifacts/imageVolume/repository",
        "give the repository alone here, and the digest of each image below digests",
    ),
    (
        {"artifacts": {"imageVolume": {**VOLUME, "digests": {DIGEST: "v1"}}}},
        f"/artifacts/imageVolume/digests/{DIGEST}",
        'no tag, which can move, and no part of a digest: give "sha256:<64 hex digits>"',
    ),
    ({"tracks": {"stable": {"digest": "v1"}}}, "/tracks/stable/digest", 'give "sha256:<64 hex digits>"'),
    ({"engine": "bento"}, "/engine", "'ort', 'triton', 'kserve'"),
    ({"traffic": "linkerd"}, "/traffic", "'gateway-api', 'istio', 'kserve'"),
    ({"autoscaling": {"kind": ["hpa", "keda"]}}, "/autoscaling/kind", "'none', 'hpa', 'keda'"),
    ({"autoscaling": {"kind": "hpa+keda"}}, "/autoscaling/kind", "'none', 'hpa', 'keda'"),
    ({"gpu": {"kind": ["mig", "mps"]}}, "/gpu/kind", "'none', 'whole', 'mig', 'time-slicing', 'mps', 'dra'"),
    ({"metadata": {"model": "m" * 49}}, "/metadata/model", "want 48"),
    ({"metadata": {"model": "7-segments"}}, "/metadata/model", "'^$|^[a-z]"),
    ({"tracks": {"canary": {"digest": 1}}}, "/tracks/canary", "want string"),
    ({"ort": {"maxBodyBytes": 1e30}}, "/ort/maxBodyBytes", "maximum"),
    ({"artifacts": {"cache": {"maxBytes": 1e30}}}, "/artifacts/cache/maxBytes", "maximum"),
    ({"gpu": {"memLimitBytes": 1e30}}, "/gpu/memLimitBytes", "maximum"),
    ({"artifacts": {"deadlineSeconds": HUGE}}, "/artifacts/deadlineSeconds", "want 86,400"),
    ({"termination": {"preStopSeconds": HUGE}}, "/termination/preStopSeconds", "want 3,600"),
    ({"topologySpread": {"maxSkew": HUGE}}, "/topologySpread/maxSkew", "want 10,000"),
    ({"progressDeadlineSeconds": 99999999999}, "/progressDeadlineSeconds", "want 86,400"),
    ({"strategy": {"maxSurge": HUGE}}, "/strategy/maxSurge", "want 10,000"),
    *[
        ({"strategy": {key: share}}, f"/strategy/{key}", "pattern")
        for key in ("maxSurge", "maxUnavailable")
        for share in ("00%", "05%", "101%", "1", "-1%")
    ],
    *[
        ({at: {"a b": "c"}}, f"/{at}/a b", "no key that Kubernetes takes: give PREFIX/NAME or NAME")
        for at in ("extraLabels", "nodeSelector", "podAnnotations")
    ],
    ({"extraLabels": {"a" * 64: "c"}}, f"/extraLabels/{'a' * 64}", "at most 63 letters"),
    ({"monitoring": {"labels": {"-a": "b"}}}, "/monitoring/labels/-a", "no key that Kubernetes takes"),
    *[
        ({at: {"a": value}}, f"/{at}/a", "pattern")
        for at in ("extraLabels", "nodeSelector")
        for value in ("b c", "-b", "b" * 64, "b/c")
    ],
    ({"monitoring": {"labels": {"a": "b c"}}}, "/monitoring/labels/a", "pattern"),
    ({"monitoring": {"dashboards": {"label": "a: b"}}}, "/monitoring/dashboards/label", "pattern"),
    ({"monitoring": {"dashboards": {"labelValue": "a: b"}}}, "/monitoring/dashboards/labelValue", "pattern"),
    ({"typo": 1}, "''", "additional properties 'typo' not allowed"),
    ({"route": {"host": "a"}}, "/route", "additional properties 'host' not allowed"),
    ({"resources": None}, "''", "missing property 'resources'"),
    ({"artifacts": {"url": "ftp://forge"}}, "/artifacts/url", "^https?://"),
    ({"artifacts": {"url": "http://user:secret@forge/raw"}}, "/artifacts/url", "^https?://"),
    ({"artifacts": {"cache": {"hostPath": "/var/../etc"}}}, "/artifacts/cache/hostPath", "pattern"),
    *[
        ({"artifacts": {"cache": {"hostPath": path}}}, "/artifacts/cache/hostPath", "pattern")
        for path in (
            "/",
            "/.",
            "/..",
            "/etc",
            "/etc/kubernetes",
            "/var/lib",
            "/srv",
            "/usr/lib",
            "/srv/../etc",
        )
    ],
    *[
        (
            {"artifacts": {"cache": {"hostPath": path}}},
            "/artifacts/cache/hostPath",
            "one for this cache alone",
        )
        for path in ("/var/lib/kubelet/pods", "/var/lib/etcd", "/var/lib/containerd", "/opt/cni/bin")
    ],
    *[
        ({"artifacts": {"tokenSecret": {"name": "a", "key": key}}}, "/artifacts/tokenSecret/key", "pattern")
        for key in (".", "..", "..a", "a/b", "")
    ],
    *[
        ({"networkPolicy": {"gatewayCidrs": [cidr]}}, "/networkPolicy/gatewayCidrs/0", "pattern")
        for cidr in ("999.1.1.1/8", "10.0.0.256/32", "10.0.0/8", "10.0.0.0/33", "10.0.0.0", "::/129", "ab/8")
    ],
    (
        {"gpu": {"arenaExtendStrategy": "kSameAsRequested"}},
        "/gpu/arenaExtendStrategy",
        "'next-power-of-two', 'same-as-requested'",
    ),
    ({"triton": {"extraArgs": ["--model-control-mode=explicit"]}}, "/triton/extraArgs/0", "remove it"),
    ({"security": {"user": 0}}, "/security/user", "want 1"),
    ({"extraLabels": {"sluicegate.dev/model": "x"}}, "/extraLabels/sluicegate.dev~1model", "remove it"),
    ({"apiVersion": "sluicegate.dev/v2"}, "/apiVersion", "'sluicegate.dev/v1'"),
]

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


@pytest.mark.parametrize(("values", "path", "remedy"), SCHEMA, ids=lambda part: str(part)[:60])
def test_by_schema(chart, values, path, remedy):
    said = chart.refusal(chart.values(**values))
    (line,) = [
        line
        for line in said.splitlines()
        if line.strip().startswith("- at") and path in line and remedy in line
    ]
    assert "onnx-serving" in said, line


@pytest.mark.parametrize(("values", "path", "remedy"), TEMPLATE, ids=lambda part: str(part)[:60])
def test_by_template(chart, values, path, remedy):
    lines = chart.refusal(chart.values(**values)).splitlines()
    found = [line for line in lines if line.startswith(f"- {path}: ") and remedy in line]
    assert found and all("; " in line for line in found), "what is wrong, then the remedy"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tracks": {"canary": {"weight": 101}}}, "- at '/tracks/canary/weight': maximum: got 101, want 100"),
        ({"tracks": {"canary": {"weight": -1}}}, "- at '/tracks/canary/weight': minimum: got -1, want 0"),
        ({"tracks": {"canary": 1}}, "- at '/tracks/canary': got number, want object"),
        ({"strategy": {"maxSurge": -1}}, "- at '/strategy/maxSurge': minimum: got -1, want 0"),
        ({"gpu": {"memLimitBytes": 0}}, "- at '/gpu/memLimitBytes': minimum: got 0, want 1"),
        (
            {"artifacts": {"resources": {"limits": {"cpu": -1}}}},
            "- at '/artifacts/resources/limits/cpu': exclusiveMinimum: got -1, want 0",
        ),
    ],
)
def test_the_reason_stands_alone(chart, values, said):
    """Not below an "anyOf failed" and beside the types that it is not."""
    lines = chart.refusal(chart.values(**values)).splitlines()
    assert [line for line in lines if line.lstrip().startswith("- at")] == [said]


def test_all_findings_are_said_at_once(chart):
    said = chart.refusal(chart.values(artifacts={"url": ""}, strategy={"maxSurge": 0}))
    assert "- artifacts.url: " in said and "- strategy.maxSurge: " in said


def test_dra_needs_its_kubernetes(chart):
    values = chart.values(gpu={"kind": "dra", "dra": {"deviceClassName": "gpu.example.com"}})
    said = chart.refusal(values, kube="1.33.4")
    assert "- gpu.kind: dra needs Kubernetes 1.34 (resource.k8s.io/v1) and this is v1.33.4; use whole" in said


def test_an_old_kubernetes(chart):
    assert "incompatible with Kubernetes v1.29.0" in chart.refusal(chart.values(), kube="1.29.0")


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


def test_two_scalers_are_never_rendered(chart):
    """Whatever passes: one scaler for each Deployment, and no replicas beside it."""
    for kind, more in (("hpa", {}), ("keda", {"keda": {"triggers": [TRIGGER]}})):
        rendered = chart.render(chart.values(autoscaling={"kind": kind, **more}))
        scalers = rendered.of("HorizontalPodAutoscaler") + rendered.of("ScaledObject")
        targets = [found["spec"]["scaleTargetRef"]["name"] for found in scalers]
        assert sorted(targets) == sorted(found["metadata"]["name"] for found in rendered.of("Deployment"))
        assert not any("replicas" in found["spec"] for found in rendered.of("Deployment"))
