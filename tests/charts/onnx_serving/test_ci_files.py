"""Every file of ci/: rendered, linted, held against the schemas, and the same each time."""

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[3] / "charts" / "onnx-serving" / "ci").glob("*-values.yaml"))
QUIET = ("nothing-values.yaml",)


@pytest.fixture(params=FILES, ids=lambda file: file.name.removesuffix("-values.yaml"))
def file(request):
    return request.param


def test_renders_what_the_api_accepts(chart, file):
    manifests = chart.render_file(file)
    assert chart.judged(manifests) == []
    assert bool(manifests.objects) == (file.name not in QUIET)


def test_lint(chart, file):
    version, namespace = (chart.named(file, what) for what in ("kube-version", "namespace"))
    options = (*(("--kube-version", version) if version else ()), *(("--namespace", namespace or "models")))
    assert "1 chart(s) linted, 0 chart(s) failed" in chart.run("lint", file, options=("--strict", *options))


def test_the_same_each_time(chart, file):
    once, again = (chart.render_file(file) for _ in range(2))
    assert once.text == again.text


@pytest.fixture(scope="session")
def commands():
    """The real options of `onnx-server`, `onnx-server fetch` and `onnx-server shadow`."""
    if importlib.util.find_spec("sluicegate.onnx_server") is None:
        sys.path.insert(0, str(FILES[0].parents[2] / "images" / "onnx-server"))
    return {
        "fetch": importlib.import_module("sluicegate.onnx_server.fetch").parser(),
        "shadow": importlib.import_module("sluicegate.onnx_server.shadow.command").parser(),
        "server": importlib.import_module("sluicegate.onnx_server.__main__").parser(),
    }


def test_the_commands_take_their_arguments(chart, file, commands):
    """An option or a word that the command does not know would be seen when the first pod starts."""
    containers = list(chart.render_file(file).containers())
    ours = [(name, one) for name, one in containers if (one.get("command") or [""])[0] == "onnx-server"]
    deployed = [name for name, _ in containers if name.startswith(("Deployment/", "InferenceService/"))]
    assert bool(ours) == bool(deployed), "every pod of a server fetches"
    for name, one in ours:
        kind = next((word for word in one["command"][1:] if word in commands), "server")
        if one["command"][1:] != ["--help"]:
            assert commands[kind].parse_args(one["args"]), name


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
