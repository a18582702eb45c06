"""Values that the schema refuses: the message has the path of the value, and what to do."""

import pytest

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


@pytest.mark.parametrize(("values", "path", "remedy"), SCHEMA, ids=lambda part: str(part)[:60])
def test_by_schema(chart, values, path, remedy):
    said = chart.refusal(chart.values(**values))
    (line,) = [
        line
        for line in said.splitlines()
        if line.strip().startswith("- at") and path in line and remedy in line
    ]
    assert "onnx-serving" in said, line


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
