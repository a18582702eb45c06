"""How bytes come into a pod: always by the container that checks them."""

import argparse
import importlib.util
import sys

import pytest

SECRET = {"name": "forge", "key": "token"}
DEPLOYMENT = "Deployment/flight-delay-v2-22222222"


def fetch(chart, engine="ort", kube=None, **artifacts):
    rendered = chart.render(chart.values(engine, artifacts=artifacts), kube=kube)
    spec = rendered[DEPLOYMENT]["spec"]["template"]["spec"]
    (container,) = spec["initContainers"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} <= volumes.keys()
    return container, volumes


@pytest.fixture(scope="module")
def parser():
    """The real options of `onnx-server fetch`."""
    if importlib.util.find_spec("sluicegate.onnx_server") is None:
        sys.path.insert(0, "charts/images/onnx-server")
    return pytest.importorskip("sluicegate.onnx_server.fetch", reason="onnx-server is not installed").parser()


MORE = [
    {},
    {"cache": {"hostPath": "/var/cache/sluicegate"}},
    {
        "tokenSecret": SECRET,
        "oci": {"repository": "r.internal/models", "tokenSecret": SECRET},
        "redirectHosts": ["a.b"],
    },
]


@pytest.mark.parametrize("engine", ["ort", "triton"])
@pytest.mark.parametrize("artifacts", MORE, ids=["plain", "cache", "registry"])
def test_the_command_takes_the_arguments(chart, parser, engine, artifacts):
    container, _ = fetch(chart, engine, **artifacts)
    assert container["command"] == ["onnx-server", "fetch"]
    parsed = parser.parse_args(container["args"])
    assert isinstance(parsed, argparse.Namespace)
    assert (parsed.url, parsed.revision, parsed.model) == (
        "http://forge:3000/raw",
        chart.revision(2),
        "flight-delay",
    )
    assert (parsed.version, parsed.digest, parsed.layout) == (2, chart.canary, engine)
    assert parsed.track is None and str(parsed.into) == "/models"


def test_the_cache_of_the_node(chart):
    container, volumes = fetch(chart, cache={"hostPath": "/var/cache/sluicegate"})
    assert volumes["cache"]["hostPath"] == {"path": "/var/cache/sluicegate", "type": "Directory"}
    assert "--cache=/cache" in container["args"]
    assert "cache" not in fetch(chart)[1]


def test_secrets_are_files(chart):
    container, volumes = fetch(chart, tokenSecret=SECRET)
    assert volumes["token"]["secret"]["secretName"] == "forge"
    assert "--token-file=/var/run/sluicegate/token/token" in container["args"]
    assert "oci-token" not in volumes
    assert "env" not in container


def test_an_image_volume_is_checked_as_well(chart):
    images = {"enabled": True, "repository": "r.internal/a"}
    images["digests"] = {chart.stable: "sha256:" + "8" * 64, chart.canary: "sha256:" + "9" * 64}
    container, volumes = fetch(chart, kube="1.35.0", imageVolume=images)
    assert volumes["cache"]["image"] == {
        "reference": f"r.internal/a@sha256:{'9' * 64}",
        "pullPolicy": "IfNotPresent",
    }
    assert "--cache=/cache" in container["args"]
    (mount,) = [mount for mount in container["volumeMounts"] if mount["name"] == "cache"]
    assert mount["readOnly"] is True


def test_the_server_cannot_write_what_was_checked(chart):
    for engine in ("ort", "triton"):
        spec = chart.render(chart.values(engine))[DEPLOYMENT]["spec"]["template"]["spec"]
        (mount,) = [one for one in spec["containers"][0]["volumeMounts"] if one["name"] == "models"]
        assert mount["readOnly"] is True


def test_prepull(chart):
    values = chart.values(prepull={"enabled": True, "nodes": 3}, artifacts={"cache": {"hostPath": "/srv/c"}})
    rendered = chart.render(values)
    jobs = rendered.of("Job")
    assert len(jobs) == 2
    for job in jobs:
        spec = job["spec"]
        assert (spec["completions"], spec["parallelism"]) == (3, 3)
        assert "ttlSecondsAfterFinished" not in spec, "Argo CD would make it anew"
        assert (
            spec["template"]["spec"]["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "DoNotSchedule"
        )
    names = {job["metadata"]["name"] for job in jobs}
    again = chart.render({**values, "prepull": {"enabled": True, "nodes": 4}})
    assert names.isdisjoint(job["metadata"]["name"] for job in again.of("Job")), "a Job cannot be changed"
    assert names == {job["metadata"]["name"] for job in chart.render({**values, "replicas": 5}).of("Job")}


def test_names_fit_where_they_are_used(chart):
    """The longest model name, version and environment: names of 63 characters where the API wants that."""
    model = "m" * 48
    values = chart.values("triton", prepull={"enabled": True}, route={"domain": "a.b"})
    values["metadata"]["model"] = model
    values["tracks"]["canary"]["version"] = 999999
    for name, found in chart.render(values).objects.items():
        limit = 253 if found["kind"] in ("Deployment", "Pod", "PodDisruptionBudget") else 63
        assert len(found["metadata"]["name"]) <= limit, name
        for hostname in found["spec"].get("hostnames", []):
            assert all(len(part) <= 63 for part in hostname.split("."))
        for label, value in found["metadata"]["labels"].items():
            assert len(value) <= 63, label
