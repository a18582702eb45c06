"""Every file of ci/: rendered, linted, held against the schemas, and the same each time."""

from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[3] / "charts" / "onnx-serving" / "ci").glob("*-values.yaml"))
QUIET = ("nothing-values.yaml",)


@pytest.fixture(params=FILES, ids=lambda file: file.name.removesuffix("-values.yaml"))
def file(request):
    return request.param


def test_renders_what_the_api_accepts(chart, file):
    manifests = chart.render(file, kube=chart.kube_version(file))
    assert chart.judged(manifests) == []
    assert bool(manifests.objects) == (file.name not in QUIET)


def test_lint(chart, file):
    version = chart.kube_version(file)
    chart.run("lint", file, options=("--strict", *(("--kube-version", version) if version else ())))


def test_the_same_each_time(chart, file):
    once, again = (chart.render(file, kube=chart.kube_version(file)) for _ in range(2))
    assert once.text == again.text


def test_every_engine_traffic_scaler_and_gpu_has_a_file(chart):
    texts = "\n".join(file.read_text() for file in FILES)
    wanted = ["engine: ort", "engine: triton", "engine: kserve", "traffic: istio", "traffic: kserve"]
    wanted += [
        "kind: hpa",
        "kind: keda",
        *(f"kind: {kind}" for kind in ("whole", "mig", "time-slicing", "mps", "dra")),
    ]
    wanted += [
        "imageVolume:",
        "oci:",
        "prepull:",
        "preview:",
        "spot:",
        "segments:",
        "vpaHint:",
        "kind: Recreate",
    ]
    assert [word for word in wanted if word not in texts] == []


def test_a_wrong_object_is_noticed(chart):
    """The judge itself: an unknown key, and a kind that has no schema."""
    manifests = chart.render(chart.values())
    broken = type(manifests)(manifests.text.replace("maxSurge:", "maxSurges:"), {})
    assert any("maxSurges" in said for said in chart.judged(broken))
    strange = type(manifests)("apiVersion: example.com/v1\nkind: Strange\nmetadata: {name: a}\n", {})
    assert any("could not find schema" in said for said in chart.judged(strange))
